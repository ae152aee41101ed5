namespace Stork.SocketIO.Rooms;

/// <summary>The rooms one socket is in, besides the implied one, and what their names take.</summary>
/// <remarks>Guarded by the adapter's lock.</remarks>
internal sealed class JoinedRooms
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _names;

    public int Bytes { get; private set; }

    public bool Contains(string name) => _names.Contains(name);

    public void Add(string name)
    {
        if (_names.Add(name)) Bytes += RoomNames.SizeOf(name);
    }

    public bool Remove(string name)
    {
        if (!_names.Remove(name)) return false;
        Bytes -= RoomNames.SizeOf(name);
        return true;
    }
}
