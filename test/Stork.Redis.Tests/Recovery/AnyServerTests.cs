using Microsoft.Extensions.DependencyInjection;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Recovery;

/// <summary>Clients that come back to another server than the one they were connected to.</summary>
public sealed class AnyServerTests
{
    [Fact]
    public async Task A_client_gets_what_it_missed_in_order_and_once_on_another_server()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis);
        await using var second = await StartAsync(redis);
        await using var client = await RecoveringClient.ConnectAsync(first.Url, "ann", ["a", "b"]);
        await first.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        await client.LoseConnectionAsync();
        await second.EmitAsync(Target.All, """["missed",1]""");
        await first.EmitAsync(Target.In("a"), """["missed",2]""");
        await second.EmitAsync(Target.In("c"), """["not for it"]""");
        await second.EmitAsync(Target.In("a", "b"), """["missed",3]""");
        await second.EmitAsync(new Target(["a"], ["b"]), """["not for it either"]""");
        await first.EmitAsync(Target.In(client.Id), """["missed",4]""");
        await second.EmitVolatileAsync(Target.All, """["volatile"]""");
        var id = client.Id;
        var (missed, isRecovered) = await client.ReturnAsync(second.Url);
        missed.ShouldBe(["""["missed",1]""", """["missed",2]""", """["missed",3]""", """["missed",4]"""]);
        isRecovered.ShouldBeTrue();
        client.Id.ShouldBe(id);
        await first.EmitAsync(Target.In("b"), """["after",5]""");
        await client.ShouldReceive("""["after",5]""");
        var socket = second.IO.Sockets.Single();
        socket.Recovered.ShouldBeTrue();
        socket.Rooms.Order().ShouldBe(new[] { id, "a", "b" }.Order());
        socket.Data["name"].ShouldBe("ann");
        socket.Data["file"].ShouldBe(new byte[] { 1, 2 });
    }

    private static Task<StorkMember> StartAsync(RedisServer redis) => StorkMember.StartAsync(
        redis.Configuration,
        "recovery",
        static options => options.Mode = RedisAdapterMode.Streams,
        static services => services.Configure<SocketIOOptions>(static options =>
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { SkipMiddlewares = true }));
}
