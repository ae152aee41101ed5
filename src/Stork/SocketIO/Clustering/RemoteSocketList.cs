using System.Collections.ObjectModel;
using System.Diagnostics;

namespace Stork;

/// <summary>Sockets of all servers that have answered, and which servers have not.</summary>
[DebuggerDisplay("{Count} sockets, {MissingServerCount} servers missing")]
public sealed class RemoteSocketList : ReadOnlyCollection<RemoteSocket>
{
    /// <summary>Takes the sockets.</summary>
    /// <param name="sockets">The sockets of the servers that have answered.</param>
    /// <param name="missingServers">The ids of those that have not, as far as they are known; null for none.</param>
    /// <param name="missingServerCount">How many have not; null for as many as there are ids.</param>
    public RemoteSocketList(IList<RemoteSocket> sockets, IReadOnlyList<string>? missingServers = null, int? missingServerCount = null)
        : base(sockets)
    {
        MissingServers = missingServers ?? [];
        MissingServerCount = missingServerCount ?? MissingServers.Count;
    }

    /// <summary>Whether all servers have answered.</summary>
    public bool IsComplete => MissingServerCount == 0;

    /// <summary>The servers that went away or did not answer in time, as far as their ids are known.</summary>
    public IReadOnlyList<string> MissingServers { get; }

    /// <summary>How many servers went away or did not answer in time.</summary>
    public int MissingServerCount { get; }
}
