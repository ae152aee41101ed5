using Stork.SocketIO.Rooms;

namespace Stork;

/// <summary>Collects the answers to one broadcast over all servers.</summary>
public interface IBroadcastAcknowledgements
{
    /// <summary>The packet's acknowledgement id.</summary>
    long Id { get; }

    /// <summary>A server tells how many of its sockets were asked; each server does so exactly once.</summary>
    void Expect(int sockets);

    /// <summary>One socket has answered.</summary>
    void Add(EventArguments answer);
}
