namespace Stork.SocketIO.Rooms;

/// <summary>What the names of all rooms of a server may take together, each counted once a namespace.</summary>
internal sealed class RoomBudget(long limit)
{
    private long _used;

    /// <summary>A room is made; false if its name is too much.</summary>
    public bool TryTake(string name)
    {
        var size = RoomNames.SizeOf(name);
        if (Interlocked.Add(ref _used, size) <= limit) return true;
        Interlocked.Add(ref _used, -size);
        return false;
    }

    /// <summary>A room is gone.</summary>
    public void Return(string name) => Interlocked.Add(ref _used, -RoomNames.SizeOf(name));
}
