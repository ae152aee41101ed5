using StackExchange.Redis;
using Stork.Protocol.Tests.Fuzzing;
using Stork.Redis.Tests.Faults;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Fuzzing;

/// <summary>Broken messages by the ten thousands on all channels of a server.</summary>
[Collection(nameof(Meters))]
public sealed class FloodTests
{
    private const int Messages = 100_000;
    private const int AtOnce = 1_000;
    private const long MostMemory = 64 * 1024 * 1024;

    [Fact]
    public async Task A_server_that_got_many_broken_messages_still_serves()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Observing.StartAsync(redis.Configuration);
        await using var two = await Observing.StartAsync(redis.Configuration);
        await using (await Client.ConnectAsync(one.Url, auth: """{"rooms":["r1"]}"""))
        {
            await one.UntilServersAsync(2);
            var memory = GC.GetTotalMemory(forceFullCollection: true);
            await FloodAsync(redis);
            await ShouldServeAsync(one, two);
            (GC.GetTotalMemory(forceFullCollection: true) - memory).ShouldBeLessThan(MostMemory);
        }

        one.HasLogged(2).ShouldBeFalse("its connections stay");
        one.Log.Problems.ShouldBeEmpty();
    }

    private static async Task FloodAsync(RedisServer redis)
    {
        await using var foreign = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var bus = foreign.GetSubscriber();
        var random = new Random(TimeProvider.System.GetUtcNow().DayOfYear);
        (RedisChannel Channel, Mutator Messages)[] channels =
        [
            (RedisChannel.Literal("k#/#"), new Mutator(BusCorpus.Broadcasts, random)),
            (RedisChannel.Literal("k#/#r1#"), new Mutator(BusCorpus.Broadcasts, random)),
            (RedisChannel.Literal("k-request#/#"), new Mutator(BusCorpus.Requests, random)),
            (RedisChannel.Literal("k-response#/#"), new Mutator(BusCorpus.Answers, random)),
        ];
        for (var i = 0; i < Messages; i++)
        {
            var (channel, messages) = channels[i % channels.Length];
            var sending = bus.PublishAsync(channel, messages.Next());
            if (i % AtOnce == 0) await sending;
        }
    }

    /// <summary>Clients that were there may have been let go of: a number more or less, and it is another request.</summary>
    private static async Task ShouldServeAsync(StorkMember one, StorkMember two)
    {
        await using var here = await Client.ConnectAsync(one.Url);
        await using var there = await Client.ConnectAsync(two.Url);
        await there.ShouldHearAsync(one, "from one");
        await here.ShouldHearAsync(two, "from two");
        await Waiting.UntilAsync(async () => (await one.IO.FetchSocketsAsync()).Any(socket => socket.Id == there.Id), "the answer came");
        (await one.AllRoomsAsync()).ShouldContain(there.Id);
    }
}
