using StackExchange.Redis;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Wire;

/// <summary>Entries of streams beside those that an official server writes when it does the same.</summary>
public sealed class StreamEntryTests
{
    private const string Key = "entries";

    [Fact]
    public async Task Entries_are_byte_for_byte_those_of_official_servers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var stork = await StorkMember.StartAsync(
            redis.Configuration, Key, static options => options.Mode = RedisAdapterMode.Streams);
        await using var node = await NodeMember.StartAsync(redis, Key, "streams");
        await Waiting.UntilAsync(
            async () => await stork.CountAsync() == 2 && await node.CountAsync() == 2, "both servers knew of each other");
        Func<IEmitter, Task>[] all =
        [
            static it => it.EmitAsync(Target.All, """["all","ä€\"\\\n",-1.5,[null,true],{"a":{"b":[]}},12345678901]"""),
            static it => it.EmitAsync(new Target(["a", "b"], ["c"]), """["rooms"]"""),
            static it => it.EmitVolatileAsync(Target.In("a"), """["flags"]"""),
            static it => it.EmitAsync(Target.All, """["file",{"$binary":"AQID"},{"parts":[{"$binary":""}]},4294967296,-129]"""),
            static it => it.EmitAsync(Target.All with { Namespace = "/chat" }, """["to chat"]"""),
            static it => it.JoinAsync(new Target(["a"], ["b"]), "c", "d"),
            static it => it.LeaveAsync(Target.In("a"), "c"),
            static it => it.DisconnectAsync(Target.In("nobody"), close: true),
            static it => it.DisconnectAsync(Target.In("nobody"), close: false),
        ];
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var count = 0;
        foreach (var act in all)
        {
            var official = await RecordAsync(connection.GetDatabase(), () => act(node), ++count);
            var ours = await RecordAsync(connection.GetDatabase(), () => act(stork), ++count);
            ours.Select(static field => field.Name.ToString()).ShouldBe(["uid", "nsp", "type", "data"]);
            ours.Select(static field => field.Name).ShouldBe(official.Select(static field => field.Name));
            ours[0].Value.ToString().Length.ShouldBe(official[0].Value.ToString().Length);
            ours[1..].Select(static field => field.Value.ToString()).ShouldBe(official[1..].Select(static field => field.Value.ToString()));
        }
    }

    private static async Task<NameValueEntry[]> RecordAsync(IDatabase database, Func<Task> act, int count)
    {
        await act();
        await Waiting.UntilAsync(async () => await database.StreamLengthAsync(Key) == count, $"{count} entries were in the stream");
        return (await database.StreamRangeAsync(Key, count: 1, messageOrder: Order.Descending)).Single().Values;
    }
}
