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
}
