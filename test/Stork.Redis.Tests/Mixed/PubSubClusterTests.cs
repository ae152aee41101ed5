using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Mixed;

/// <summary>What there is over publish/subscribe only.</summary>
/// <typeparam name="TCluster">Which servers they are.</typeparam>
public abstract class PubSubClusterTests<TCluster>(TCluster cluster) : MixedClusterTests<TCluster>(cluster)
    where TCluster : MixedCluster
{
    private string RoomName => Room.Rooms[0];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_rooms_of_all_servers_are_listed(int from)
    {
        await using var clients = await ConnectAsync();
        var rooms = await Cluster.Members[from].AllRoomsAsync();
        rooms.ShouldContain(RoomName);
        foreach (var client in clients) rooms.ShouldContain(client.Id);
    }

    /// <param name="number">0 is an official one, 1 ours.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Emitters_reach_all(int number)
    {
        await using var clients = await ConnectAsync();
        var emitter = Cluster.Emitters[number];
        await emitter.EmitAsync(Room, """["emitted",{"$binary":"AQID"},{"$date":"2026-11-27T21:00:00.512Z"}]""");
        foreach (var client in clients)
        {
            await client.ShouldReceiveText("""451-["emitted",{"_placeholder":true,"num":0},"2026-11-27T21:00:00.512Z"]""");
            await client.ShouldReceiveText("bAQID");
        }

        await emitter.EmitAsync(new Target([RoomName, "nobody"], [clients[0].Id]), """["not to 0"]""");
        await emitter.EmitVolatileAsync(Target.In(clients[0].Id), """["to 0"]""");
        await clients[0].ShouldReceive("""["to 0"]""");
        await clients[1].ShouldReceive("""["not to 0"]""");
        await clients[2].ShouldReceive("""["not to 0"]""");
        await emitter.JoinAsync(Room, $"{RoomName} a");
        await emitter.EmitAsync(Target.In($"{RoomName} a"), """["joined"]""");
        await clients.ShouldReceive("""["joined"]""");
        await emitter.LeaveAsync(Room, $"{RoomName} a");
        await emitter.EmitAsync(Target.In($"{RoomName} a"), """["left"]""");
        await emitter.ServerEmitAsync($$"""["news","{{RoomName}}"]""");
        foreach (var member in Cluster.Members) await UntilSeenAsync(member, $$"""["{{RoomName}}"]""");
        await emitter.DisconnectAsync(Room, close: false);
        foreach (var client in clients) await client.ShouldReceiveText("41");
    }
}
