namespace Stork;

/// <summary>A room of a session, and which of its events the client has a right to.</summary>
/// <param name="Room">The room's name.</param>
/// <param name="Joined">The last event before it joined.</param>
/// <param name="Left">The last event before it left; null if it is in it.</param>
public sealed record ClusterMembership(string Room, EventOffset Joined, EventOffset? Left = null)
{
    /// <summary>Whether the session was in the room when an event came.</summary>
    internal bool Covers(EventOffset offset) => offset.IsBehind(Joined) && !(Left is { } left && offset.IsBehind(left));
}
