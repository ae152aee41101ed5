namespace Stork;

/// <summary>
/// Collects the answers to one broadcast over all servers. It is complete when this server and every other one that is expected has said
/// how many sockets it asked, and so many have answered. All members may be called from any thread, and late: what comes too late or
/// twice changes nothing.
/// </summary>
public interface IBroadcastAcknowledgements
{
    /// <summary>The packet's acknowledgement id.</summary>
    long Id { get; }

    /// <summary>Completes, without an error, when nobody waits for answers any more.</summary>
    Task Ended { get; }

    /// <summary>Other servers are asked, too. Called first of all, or not at all if this server is alone; where the bus has to be asked
    /// how many there are, first with 0, and once more with their number before <see cref="Expect(int)"/>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="serverIds">Their ids if they are known, otherwise none: then their number alone counts, and they cannot be named where
    /// they are missing.</param>
    void ExpectServers(int count, IReadOnlyCollection<string> serverIds);

    /// <summary>This server tells how many of its sockets were asked, once.</summary>
    void Expect(int sockets);

    /// <summary>Another server tells how many of its sockets were asked, once. One without an id is another one each time, where
    /// servers are only counted.</summary>
    void Expect(string serverId, int sockets);

    /// <summary>A socket of this server has answered.</summary>
    void Add(EventArguments answer);

    /// <summary>A socket of another server has answered.</summary>
    void Add(string serverId, EventArguments answer);

    /// <summary>A server has gone: what it still owes will not come.</summary>
    void Lose(string serverId);
}
