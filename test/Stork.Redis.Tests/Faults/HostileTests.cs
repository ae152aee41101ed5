using System.Text;
using System.Text.Json;
using StackExchange.Redis;
using Stork.Redis.PubSub;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>What foreign processes may publish on the channels of a cluster.</summary>
[Collection(nameof(Meters))]
public sealed class HostileTests : IAsyncLifetime
{
    private RedisServer? _redis;
    private StorkMember? _stork;
    private ConnectionMultiplexer? _foreign;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _stork = await StorkMember.StartAsync(_redis.Configuration, "k", static options => options.MaxMessageSize = 4096);
        _foreign = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
    }

    public async ValueTask DisposeAsync()
    {
        if (_foreign is not null) await _foreign.DisposeAsync();
        if (_stork is not null) await _stork.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public static TheoryData<string, string> Malformed => new()
    {
        { "k#/#", "" },
        { "k#/#", "GET / HTTP/1.1" },
        { "k#/#", "\u0093\u00a1x\u0081" },
        { "k-request#/#", "{" },
        { "k-request#/#", "{}" },
        { "k-request#/#", "[]" },
        { "k-request#/#", """{"type":"x"}""" },
        { "k-request#/#", """{"type":2,"opts":5,"rooms":["a"]}""" },
        { "k-request#/#", """{"type":2,"opts":{"rooms":[{}]},"rooms":["a"]}""" },
        { "k-request#/#", """{"type":5,"opts":{}}""" },
        { "k-request#/#", """{"type":7,"requestId":"r","opts":{}}""" },
        { "k-request#/#", """{"type":6,"data":{}}""" },
        { "k-request#/#", """{"type":6,"data":["news"]} more""" },
        // A reserved name, more binary values than clients take, and an array of four thousand million elements.
        { "k#/#", "\u0093\u00a1x\u0081\u00a4data\u0091\u00a7connect\u0080" },
        { "k#/#", "\u0093\u00a1x\u0081\u00a4data\u009c\u00a1e" + string.Concat(Enumerable.Repeat("\u00c4\0", 11)) + "\u0080" },
        { "k#/#", "\u00dd\u00ff\u00ff\u00ff\u00ff\u0090" },
        { "k#/#", "\u0093\u00a1x\u00df\u00ff\u00ff\u00ff\u00ff\u0090" },
        { "k#/#", "\u0093\u00a1x\u0081\u00a4data\u0092\u00a1e\u00c6\u00ff\u00ff\u00ff\u00ff" },
        { "k#/#", "\u0093\u00a1x\u0081\u00a4data" + new string('\u0091', 1000) + "\u0080" },
        { "k-request#/#", """{"type":6,"data":["news",""" + new string('[', 200) + new string(']', 200) + "]}" },
        { "k-request#/#", """{"type":2.5,"opts":{},"rooms":["a"]}""" },
        { "k-request#/#", """{"type":1e300}""" },
        { "k-request#/#", """{"type":2,"opts":{"flags":5},"rooms":["a"]}""" },
        { "k-request#/#", $$"""{"type":2,"uid":"{{new string('u', 257)}}","opts":{},"rooms":["a"]}""" },
        { "k-request#/#", $$"""{"type":1,"uid":"a","requestId":"{{new string('r', 257)}}"}""" },
        { "k-request#/#", $$"""{"type":1,"uid":"{{new string('u', 257)}}","requestId":"r"}""" },
        { "k-response#/#", "{" },
        { "k-response#/#", "\u0001" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task What_is_no_message_is_dropped_and_counted(string channel, string message)
    {
        using var meters = new Meters();
        await using var client = await Client.ConnectAsync(_stork!.Url);
        await PublishAsync(channel, Encoding.Latin1.GetBytes(message));
        await PublishAsync(channel, Encoding.Latin1.GetBytes(message));
        await ShouldBeWellAsync(client);
        await Waiting.Until(() => meters.Dropped("Malformed") == 2, "both were counted");
        _stork.Log.Of(17).Count().ShouldBe(1, "each kind of trouble is told once a minute");
        _stork.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("k-request#/#", """{"type":99,"requestId":"r"}""")]
    [InlineData("k-request#/#", """{"type":-1}""")]
    [InlineData("k-request#/#", """{"type":8,"requestId":"r","clientCount":5}""")]
    [InlineData("k-request#/#", """{"type":3,"opts":{"rooms":["no such room"],"flags":{"timeout":-1e308}},"rooms":["no such room"]}""")]
    [InlineData("k-request#/#", """{"type":5,"type":99,"requestId":"r","opts":5}""")]
    [InlineData("k-response#/#", "{}")]
    [InlineData("k-response#/#", """{"requestId":"unknown","sockets":[5]}""")]
    [InlineData("k-response#/#", """{"requestId":"unknown","type":8,"clientCount":-5}""")]
    [InlineData("k#/other#", "x")]
    [InlineData("k2#/#", "x")]
    [InlineData("k#/#no such room#", "x")]
    public async Task What_concerns_nobody_here_is_left_alone(string channel, string message)
    {
        using var meters = new Meters();
        await using var client = await Client.ConnectAsync(_stork!.Url);
        await PublishAsync(channel, Encoding.UTF8.GetBytes(message));
        await ShouldBeWellAsync(client);
        meters.Dropped("Malformed").ShouldBe(0);
    }

    [Fact]
    public async Task A_message_beyond_the_limit_is_dropped_unread()
    {
        using var meters = new Meters();
        await using var client = await Client.ConnectAsync(_stork!.Url);
        await PublishAsync("k#/#", new byte[5000]);
        await ShouldBeWellAsync(client);
        meters.Dropped("TooLarge").ShouldBe(1);
    }

    [Fact]
    public async Task Broken_messages_do_no_harm()
    {
        await using var client = await Client.ConnectAsync(_stork!.Url);
        var random = new Random(20261127);
        // Requests and answers, of which clients hear nothing.
        byte[][] good =
        [
            """{"uid":"abcdef","requestId":"PDzzuM","type":5,"opts":{"rooms":["r1"],"except":[]}}"""u8.ToArray(),
            """{"uid":"abcdef","requestId":"KT56YF","type":6,"data":["ev",1,{"a":[]}]}"""u8.ToArray(),
            Convert.FromHexString("83a47479706509a9726571756573744964a6726571313233a67061636b657481a172c40109"),
        ];
        for (var i = 0; i < 3_000; i++)
        {
            byte[] bytes = [.. good[i % good.Length]];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var channel = i % 2 == 0 ? "k-request#/#" : "k-response#/#";
            _ = _foreign!.GetSubscriber().PublishAsync(RedisChannel.Literal(channel), bytes[..random.Next(bytes.Length + 1)]);
        }

        await ShouldBeWellAsync(client);
        await ShouldHearAnswersAsync();
        _stork.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Former_servers_are_answered_on_the_channel_of_all()
    {
        await using var client = await Client.ConnectAsync(_stork!.Url, auth: """{"rooms":["red"]}""");
        var answers = await _foreign!.GetSubscriber().SubscribeAsync(RedisChannel.Literal("k-response#/#"));
        await PublishAsync("k-request#/#", """{"requestId":"a","type":0,"rooms":["red"]}"""u8.ToArray());
        (await NextAsync(answers)).ShouldBe($$"""{"requestId":"a","sockets":["{{client.Id}}"]}""");
        await PublishAsync("k-request#/#", Encoding.UTF8.GetBytes($$"""{"requestId":"b","type":2,"sid":"{{client.Id}}","room":"blue"}"""));
        (await NextAsync(answers)).ShouldBe("""{"requestId":"b"}""");
        await PublishAsync("k-request#/#", """{"requestId":"c","type":5,"opts":{"rooms":["blue"]}}"""u8.ToArray());
        // There is binary data in the socket's data, so the answer is no text.
        var answer = await answers.ReadAsync(TestContext.Current.CancellationToken).Within("the sockets");
        var found = (ClusterSocketsFetched)PubSubAnswer.Read((byte[])answer.Message!, maxDepth: 64, maxSize: 65_536)!.ToMessage()!;
        found.Sockets.Single().Id.ShouldBe(client.Id);
        await PublishAsync("k-request#/#", Encoding.UTF8.GetBytes($$"""{"requestId":"d","type":4,"sid":"{{client.Id}}"}"""));
        (await NextAsync(answers)).ShouldBe("""{"requestId":"d"}""");
        await client.ShouldReceiveText("41");
    }

    private static async Task<string> NextAsync(ChannelMessageQueue answers) =>
        (await answers.ReadAsync(TestContext.Current.CancellationToken).Within("an answer")).Message.ToString();

    private async Task PublishAsync(string channel, byte[] bytes) =>
        await _foreign!.GetSubscriber().PublishAsync(RedisChannel.Literal(channel), bytes);

    /// <summary>Answers come by a way of their own: when one is heard, all before it were.</summary>
    private async Task ShouldHearAnswersAsync()
    {
        var requests = await _foreign!.GetSubscriber().SubscribeAsync(RedisChannel.Literal("k-request#/#"));
        var asking = _stork!.Adapter.GetAllRoomsAsync();
        var request = JsonDocument.Parse(await NextAsync(requests)).RootElement;
        await PublishAsync("k-response#/#", Encoding.UTF8.GetBytes(
            $$"""{"requestId":"{{request.GetProperty("requestId").GetString()}}","rooms":["there"]}"""));
        (await asking.Within("the rooms")).Names.ShouldContain("there");
    }

    private async Task ShouldBeWellAsync(Client client)
    {
        await PublishAsync("k#/#", Convert.FromHexString(
            "93a7656d697474657282a47479706502a46461746192a1650181a5726f6f6d7390"));
        await client.ShouldReceive("[\"e\",1]");
    }
}
