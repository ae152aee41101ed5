namespace Stork;

/// <summary>What a client says with its answer to a message of an inbox.</summary>
public enum AckStyle
{
    /// <summary>
    /// Any answer settles the message, except a single object with exactly one of the keys <c>$nack</c> (<c>true</c>, a reason, or
    /// <c>{ delayMs, reason }</c>: counts as a failure and is tried again), <c>$reject</c> (<c>true</c> or a reason: to the dead letters)
    /// and <c>$release</c> (back, uncounted). The default.
    /// </summary>
    Value = 0,

    /// <summary>As in Node's callbacks: a first argument that is truthy in JavaScript is an error, and the message is tried
    /// again.</summary>
    NodeError = 1,

    /// <summary>Nothing is asked of the client: the message is settled once its bytes were handed to the connection. At most once, as an
    /// ordinary emit, but it waited for the client to be there.</summary>
    OnFlush = 2,
}
