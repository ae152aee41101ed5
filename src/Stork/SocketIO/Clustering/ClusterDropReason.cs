namespace Stork.SocketIO.Clustering;

/// <summary>Why a message between servers was dropped.</summary>
internal enum ClusterDropReason
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
