using Stork.Wire;

namespace Stork;

/// <summary>
/// Namespaces that come into being when a client asks for them, by a pattern or a function
/// (<see cref="SocketIOServer.Of(System.Text.RegularExpressions.Regex)"/>). What is registered here holds for every child made later; what
/// is emitted here reaches all children.
/// </summary>
public sealed class ParentNamespace : Namespace
{
    private readonly Func<string, Handshake, ValueTask<bool>> _accepts;

    internal ParentNamespace(
        SocketIOServer server, string name, Func<string, Handshake, ValueTask<bool>> accepts, Func<string, bool>? matches)
        : base(server, name, hasAdapter: false)
    {
        _accepts = accepts;
        Matches = matches;
    }

    /// <summary>The namespaces made so far.</summary>
    public IReadOnlyList<Namespace> Children => Server.Namespaces.ChildrenOf(this);

    internal override int MaxNameLength => ProtocolLimits.Default.MaxNamespaceLength;

    /// <summary>For a pattern: whether a name fits, without a client to ask about.</summary>
    internal Func<string, bool>? Matches { get; }

    internal ValueTask<bool> AcceptsAsync(string name, Handshake handshake) => _accepts(name, handshake);

    internal override Adapter RequireAdapter() =>
        throw new NotSupportedException("Sockets belong to the children of this namespace, not to itself; see Children.");

    internal override async ValueTask Broadcast(PacketBuilder packet, BroadcastOptions options)
    {
        // Asynchronous only in form: the builder is the caller's until the first wait, so every child gets its copy before.
        var sending = new List<Task>();
        foreach (var child in Children) sending.Add(child.Broadcast(packet, options).AsTask());
        if (!options.Volatile) Server.Sessions.MissOut();
        await Task.WhenAll(sending);
    }

    internal override Task<IReadOnlyList<TReply?>> BroadcastWithAck<TReply>(
        PacketBuilder packet, BroadcastOptions options, TimeSpan timeout, bool isForOne)
        where TReply : default =>
        throw new NotSupportedException("Ask the children one by one: their sockets number their answers by namespace.");
}
