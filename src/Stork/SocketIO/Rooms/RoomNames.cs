namespace Stork.SocketIO.Rooms;

/// <summary>What the names of rooms take: clients often choose them, and a name may be as long as a packet.</summary>
internal static class RoomNames
{
    /// <summary>Bytes of a name in memory.</summary>
    public static int SizeOf(string name) => name.Length * sizeof(char);
}
