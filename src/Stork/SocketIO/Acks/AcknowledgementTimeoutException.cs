namespace Stork;

/// <summary>An acknowledgement did not come in time (the original's "operation has timed out").</summary>
public sealed class AcknowledgementTimeoutException : TimeoutException
{
    internal AcknowledgementTimeoutException(TimeSpan timeout, IReadOnlyList<object?>? responses = null)
        : base($"The operation has timed out: not acknowledged within {timeout.TotalMilliseconds:0} ms.")
    {
        Responses = responses ?? [];
    }

    /// <summary>For a broadcast, the answers that did come; their type is the one asked for.</summary>
    public IReadOnlyList<object?> Responses { get; }
}
