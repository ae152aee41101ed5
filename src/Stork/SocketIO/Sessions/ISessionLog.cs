namespace Stork.SocketIO.Sessions;

/// <summary>What a server remembers of its clients beyond their connections. <see cref="NoSessionLog"/> remembers nothing.</summary>
internal interface ISessionLog : IDisposable
{
    /// <summary>What is remembered of a namespace that clients may join from now on.</summary>
    INamespaceSessions Attach(string name);

    /// <summary>
    /// Something was emitted to all namespaces made by a pattern. Those of which something is remembered, but which are not
    /// there to take it, have missed it.
    /// </summary>
    void MissOut();

    /// <summary>What is remembered of a namespace whose adapter keeps the sessions for all servers, instead of what
    /// <see cref="Attach"/> gave.</summary>
    INamespaceSessions Share(Namespace nsp, ClusterAdapter adapter, IClusterSessionStore store);
}
