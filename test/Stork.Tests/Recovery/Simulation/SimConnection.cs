using Stork.Recovery;
using Stork.Wire;

namespace Stork.Tests.Recovery.Simulation;

/// <summary>A socket of a simulated client: what is sent to it is on its way until the world lets it arrive.</summary>
internal sealed class SimConnection(SimClient client) : ISessionHolder
{
    public SimClient Client => client;

    public Session Session { get; set; } = null!;

    public List<EncodedPacket> OnTheWay { get; } = [];

    /// <summary>The client is gone, and the server has not noticed yet.</summary>
    public bool IsDead { get; set; }

    public bool IsLeftByClient => false;

    public ValueTask Send(EncodedPacket packet)
    {
        OnTheWay.Add(packet);
        return ValueTask.CompletedTask;
    }

    public void NotifyOutgoing(EncodedPacket packet)
    {
        // Nobody listens.
    }

    public void Supersede() => client.Connection = null;
}
