namespace Stork.Queues;

/// <summary>Which messages to look at.</summary>
public sealed record BrowseOptions
{
    /// <summary>The most messages one call can return.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Only messages in this state; null (default): all.</summary>
    public MessageState? State { get; init; }

    /// <summary>The lowest sequence. Default: 0.</summary>
    public long FromSequence { get; init; }

    /// <summary>How many at most, 1 to 1,000. Default: 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Whether to return the bodies too. Default: false.</summary>
    public bool WithBody { get; init; }
}
