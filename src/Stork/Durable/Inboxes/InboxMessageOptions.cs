namespace Stork;

/// <summary>How a message waits in an inbox. Texts are at most 256 bytes in UTF-8.</summary>
public sealed record InboxMessageOptions
{
    internal static readonly InboxMessageOptions None = new();

    /// <summary>How long the message may wait, from when it is stored or, if it is held back, due; it is never delivered later. Null
    /// (default): as the inbox says, seven days unless configured otherwise. At most 366 days.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>How long the message is held back, whatever the wall clock does meanwhile. Default: not at all; at most 366 days.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The time of day at which the message becomes ready, instead of <see cref="Delay"/>: not before the wall clock says so and
    /// within a second after, also if that clock is set or the machine sleeps meanwhile. Within 366 days.</summary>
    public DateTimeOffset? DeliverAt { get; init; }

    /// <summary>An older message with this key that was not sent to anybody yet is replaced by this one.</summary>
    public string? CollapseKey { get; init; }

    /// <summary>A second message with this id is not stored, and its receipt says so; remembered for 24 h unless configured
    /// otherwise.</summary>
    public string? DedupId { get; init; }

    /// <summary>Up to 32 names with values for the application's own use; they are not sent to clients.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
