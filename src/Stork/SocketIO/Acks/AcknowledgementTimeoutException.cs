namespace Stork;

/// <summary>An acknowledgement did not come in time (the original's "operation has timed out"), or cannot come any more, as its server has
/// gone.</summary>
public sealed class AcknowledgementTimeoutException : TimeoutException
{
    internal AcknowledgementTimeoutException(
        TimeSpan? timeout,
        IReadOnlyList<object?>? responses = null,
        IReadOnlyList<string>? missingServers = null,
        int missingServerCount = 0)
        : base($"The operation has timed out: not acknowledged{Describe(timeout)}.{Describe(missingServers, missingServerCount)}")
    {
        Responses = responses ?? [];
        MissingServers = missingServers ?? [];
        MissingServerCount = missingServerCount;
    }

    /// <summary>For a broadcast, the answers that did come; their type is the one asked for.</summary>
    public IReadOnlyList<object?> Responses { get; }

    /// <summary>The other servers of which answers are missing, as far as their ids are known: they have gone, or have not said enough in
    /// time.</summary>
    public IReadOnlyList<string> MissingServers { get; }

    /// <summary>Of how many other servers answers are missing.</summary>
    public int MissingServerCount { get; }

    private static string Describe(TimeSpan? timeout) => timeout is { } limit ? $" within {limit.TotalMilliseconds:0} ms" : "";

    private static string Describe(IReadOnlyList<string>? servers, int count)
    {
        if (count == 0) return "";
        var names = servers is { Count: > 0 } ? ": " + string.Join(", ", servers) : "";
        return $" Answers of {count} other servers are missing{names}.";
    }
}
