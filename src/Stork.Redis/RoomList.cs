using System.Diagnostics;

namespace Stork.Redis;

/// <summary>The rooms of all servers that have answered.</summary>
/// <param name="Names">The names of the rooms, the ids of sockets among them.</param>
/// <param name="MissingServerCount">How many servers have not answered in time.</param>
[DebuggerDisplay("{Names.Count} rooms, {MissingServerCount} servers missing")]
public sealed record RoomList(IReadOnlySet<string> Names, int MissingServerCount)
{
    /// <summary>Whether all servers have answered.</summary>
    public bool IsComplete => MissingServerCount == 0;
}
