namespace Stork;

/// <summary>How events of clients are stored in inboxes; see <see cref="Namespace.MapInbox"/>.</summary>
public sealed record InboxMapping
{
    /// <summary>
    /// Picks, out of the arguments, an id that is the same in every repeat of an event: a client that got no answer, and sends it again, is told that it was
    /// stored. Counts per sender (where the sender has an identity; otherwise ids must be unique among all). Null (default): repeats are stored again.
    /// </summary>
    public Func<SocketEvent, string?>? DedupId { get; init; }

    /// <summary>How the messages wait. Its <see cref="InboxMessageOptions.DedupId"/> counts only where <see cref="DedupId"/> is null, and is then that of every event.</summary>
    public InboxMessageOptions Options { get; init; } = new();

    /// <summary>What a client is told to wait when the inbox is full. Default 1 s.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
