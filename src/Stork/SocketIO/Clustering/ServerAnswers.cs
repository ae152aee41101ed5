namespace Stork;

/// <summary>What other servers have answered to an event for them.</summary>
public sealed class ServerAnswers
{
    /// <summary>No answers, as no server was asked.</summary>
    public static readonly ServerAnswers None = new([]);

    /// <summary>Takes the answers.</summary>
    /// <param name="values">One JSON value for each server that has answered.</param>
    /// <param name="missingServers">The ids of those that have not, as far as they are known; null for none.</param>
    /// <param name="missingServerCount">How many have not; null for as many as there are ids.</param>
    public ServerAnswers(IReadOnlyList<JsonPayload> values, IReadOnlyList<string>? missingServers = null, int? missingServerCount = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        Values = values;
        MissingServers = missingServers ?? [];
        MissingServerCount = missingServerCount ?? MissingServers.Count;
    }

    /// <summary>One JSON value for each server that has answered, in the order they came.</summary>
    public IReadOnlyList<JsonPayload> Values { get; }

    /// <summary>The servers that went away or did not answer in time, as far as their ids are known.</summary>
    public IReadOnlyList<string> MissingServers { get; }

    /// <summary>How many servers went away or did not answer in time.</summary>
    public int MissingServerCount { get; }
}
