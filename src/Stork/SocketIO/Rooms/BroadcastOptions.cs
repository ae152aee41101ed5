namespace Stork;

/// <summary>Which sockets of a namespace are meant. Immutable; every <c>To</c>, <c>Except</c>, … makes a new one.</summary>
public sealed record BroadcastOptions
{
    /// <summary>Everybody in the namespace.</summary>
    public static readonly BroadcastOptions All = new();

    /// <summary>Sockets in at least one of these rooms; empty means all sockets.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>Sockets in any of these rooms are left out. A socket's id is a room of its own.</summary>
    public IReadOnlyList<string> Except { get; init; } = [];

    /// <summary>Only sockets connected to this server, where several form a cluster.</summary>
    public bool Local { get; init; }

    /// <summary>Drop the event for connections that cannot take it at once.</summary>
    public bool Volatile { get; init; }

    /// <summary>Whether a polling answer or WebSocket message with the event may be compressed.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>How long acknowledgements are awaited; null if none was given.</summary>
    public TimeSpan? Timeout { get; init; }

    internal BroadcastOptions WithRooms(ReadOnlySpan<string> rooms) => this with { Rooms = [.. Rooms, .. rooms] };

    internal BroadcastOptions WithExcept(ReadOnlySpan<string> rooms) => this with { Except = [.. Except, .. rooms] };
}
