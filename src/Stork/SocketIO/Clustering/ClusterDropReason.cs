namespace Stork;

/// <summary>Why a message between servers was dropped; the label <c>reason</c> of <c>stork.cluster.messages.dropped</c>.</summary>
public enum ClusterDropReason
{
    /// <summary>It is longer than <see cref="ClusterAdapterOptions.MaxMessageSize"/>.</summary>
    TooLarge,

    /// <summary>It cannot be read, or clients could not take what it carries.</summary>
    Malformed,

    /// <summary>As many as the options allow are under way.</summary>
    TooManyPending,

    /// <summary>The bus did not take it.</summary>
    NotSent,
}
