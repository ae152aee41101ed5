namespace Stork.SocketIO.Rooms;

/// <summary>The sockets in one room. Readers take an array that never changes, so a broadcast holds no lock while it sends.</summary>
/// <remarks>Guarded by the adapter's lock. The array is made again on the first broadcast after a change.</remarks>
internal sealed class Room(string name)
{
    private readonly HashSet<Socket> _members = [];
    private Socket[]? _snapshot;

    /// <summary>The name, one string for all that are in the room.</summary>
    public string Name => name;

    public int Count => _members.Count;

    public Socket[] Members => _snapshot ??= [.. _members];

    public bool Add(Socket socket)
    {
        if (!_members.Add(socket)) return false;
        _snapshot = null;
        return true;
    }

    public bool Remove(Socket socket)
    {
        if (!_members.Remove(socket)) return false;
        _snapshot = null;
        return true;
    }
}
