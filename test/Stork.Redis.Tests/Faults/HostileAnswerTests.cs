using System.Text;
using StackExchange.Redis;
using Stork.Redis.PubSub;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>What foreign processes may answer, to requests they were asked and to others. One that subscribes to requests is counted as a
/// server.</summary>
[Collection(nameof(Meters))]
public sealed class HostileAnswerTests : IAsyncLifetime
{
    private RedisServer? _redis;
    private StorkMember? _stork;
    private ConnectionMultiplexer? _foreign;
    private ChannelMessageQueue? _requests;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _stork = await Observing.StartAsync(_redis.Configuration);
        _foreign = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
        _requests = await _foreign.GetSubscriber().SubscribeAsync(RedisChannel.Literal("k-request#/#"));
        await _stork.UntilServersAsync(2);
    }

    public async ValueTask DisposeAsync()
    {
        if (_foreign is not null) await _foreign.DisposeAsync();
        if (_stork is not null) await _stork.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Those_of_another_kind_and_broken_ones_do_not_end_a_request()
    {
        using var meters = new Meters();
        var fetching = _stork!.IO.FetchSocketsAsync();
        var requestId = await NextRequestAsync();
        string[] ofAnotherKind = ["", ",\"rooms\":[\"a\"]", ",\"type\":6,\"data\":5", ",\"type\":8,\"clientCount\":5", ",\"type\":99"];
        string[] broken = [",\"sockets\":[5]", ",\"sockets\":[{}]", ",\"type\":8,\"clientCount\":-1", ",\"type\":8,\"clientCount\":1e300"];
        foreach (var rest in ofAnotherKind.Concat(broken)) await AnswerAsync(requestId, rest);
        await Waiting.Until(() => meters.Dropped("Malformed") == broken.Length, "the broken ones were counted");
        fetching.IsCompleted.ShouldBeFalse();
        await AnswerAsync(requestId, ",\"sockets\":[{\"id\":\"there\"}]");
        (await fetching.Within("the sockets")).Select(static socket => socket.Id).ShouldBe(["there"]);
        await AnswerAsync(requestId, ",\"sockets\":[{\"id\":\"late\"}]");
        _stork.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_more_acknowledgements_are_taken_than_there_are_clients()
    {
        const int Flood = 2_000;
        using var meters = new Meters();
        var asking = _stork!.IO.Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        var requestId = await NextRequestAsync();
        await AnswerAsync(requestId, ",\"type\":8,\"clientCount\":2");
        await AcknowledgeAsync(requestId);
        // The number may be told again, by whoever pleases; all that comes behind the end concerns nobody.
        for (var i = 0; i < Flood; i++) await AcknowledgeAsync(requestId);
        (await asking.Within("the answers")).ShouldBe([7, 7]);
        await AnswerAsync(requestId, ",\"type\":8,\"clientCount\":1000000");
        meters.Dropped("Malformed").ShouldBe(0);
        var next = _stork.IO.FetchSocketsAsync();
        await AnswerAsync(await NextRequestAsync(), ",\"sockets\":[]");
        (await next.Within("the next answer")).IsComplete.ShouldBeTrue();
    }

    private async Task<string> NextRequestAsync()
    {
        var message = await _requests!.ReadAsync(TestContext.Current.CancellationToken).Within("a request");
        return PubSubRequest.Read((byte[])message.Message!, maxDepth: 64, maxSize: 65_536).RequestId!;
    }

    private Task<long> AnswerAsync(string requestId, string rest) =>
        PublishAsync(Encoding.UTF8.GetBytes($"{{\"requestId\":\"{requestId}\"{rest}}}"));

    private Task<long> AcknowledgeAsync(string requestId) =>
        PublishAsync(new RequestFormat(maxDepth: 64).WriteAnswer(
            new ClusterClientAnswer { RequestId = requestId, Value = new JsonPayload("7"u8.ToArray()) }));

    private Task<long> PublishAsync(ReadOnlyMemory<byte> bytes) =>
        _foreign!.GetSubscriber().PublishAsync(RedisChannel.Literal("k-response#/#"), bytes);
}
