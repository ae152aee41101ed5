using System.Text;
using StackExchange.Redis;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Emitters;

/// <summary>What <see cref="RedisEmitter"/> publishes, beside what the official emitter publishes when it is told the same.</summary>
public sealed class OfficialBytesTests
{
    private const string Key = "bytes";

    private static readonly Target Chosen = new(["one", "two"], ["three", "four"]);

    [Fact]
    public async Task Both_publish_the_same_bytes_on_the_same_channels()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var official = await NodeMember.StartEmitterAsync(redis, Key);
        await using var ours = await StorkEmitter.StartAsync(redis, Key);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var published = await connection.GetSubscriber().SubscribeAsync(RedisChannel.Pattern("*"));
        foreach (var say in Sayings())
        {
            await say(official);
            var expected = await NextAsync(published);
            await say(ours);
            (await NextAsync(published)).ShouldBe(expected);
        }
    }

    /// <summary>Each is one message. Whole numbers beyond 64 bits are left out: the official packer makes 0 of them.</summary>
    private static IEnumerable<Func<IEmitter, Task>> Sayings()
    {
        var longer = new string('x', 40);
        yield return it => it.EmitAsync(Target.All, """["no arguments"]""");
        yield return it => it.EmitAsync(Target.All, """["numbers",0,1,-1,127,128,-33,65536,4294967296,1.5,-0.25,1e-9]""");
        yield return it => it.EmitAsync(Target.All, $$"""["texts","","ä€😀\"\\\n",{"{{longer}}":[null,true,{}]}]""");
        yield return it => it.EmitAsync(Target.In("one"), """["one room"]""");
        yield return it => it.EmitAsync(Target.In("one", "one"), """["the same room twice"]""");
        yield return it => it.EmitAsync(Target.In("one", "two"), """["two rooms"]""");
        yield return it => it.EmitAsync(Chosen, """["rooms and exceptions",{"$binary":"AQID"},[{"$binary":""}]]""");
        yield return it => it.EmitAsync(Chosen with { Namespace = "/chat" }, """["another namespace"]""");
        yield return it => it.EmitVolatileAsync(Chosen, """["flags"]""");
        yield return it => it.EmitVolatileAsync(Target.In("one"), """["flags"]""");
        yield return it => it.JoinAsync(Chosen, "five", "six");
        yield return it => it.LeaveAsync(Target.All, "five");
        yield return it => it.LeaveAsync(Target.All with { Namespace = "/chat" }, "ä\"");
        yield return it => it.DisconnectAsync(Target.In("one"), close: true);
        yield return it => it.DisconnectAsync(Target.All, close: false);
        yield return it => it.ServerEmitAsync("""["prices",{"a":[1.5,"ä"]}]""");
    }

    /// <summary>The channel and the bytes, which are text where they are JSON.</summary>
    private static async Task<string> NextAsync(ChannelMessageQueue published)
    {
        var message = await published.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within("a message on the bus");
        var bytes = (byte[])message.Message!;
        return $"{message.Channel} {(bytes[0] == '{' ? Encoding.UTF8.GetString(bytes) : Convert.ToHexStringLower(bytes))}";
    }
}
