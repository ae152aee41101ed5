using Stork.Wire;

namespace Stork;

/// <summary>A <see cref="RemoteSocket"/> with a limit for the answer to the next emit. Immutable.</summary>
public sealed class RemoteSocketEmitter : Emitter
{
    private readonly Namespace _namespace;
    private readonly BroadcastOptions _options;

    internal RemoteSocketEmitter(Namespace nsp, BroadcastOptions options)
    {
        _namespace = nsp;
        _options = options;
    }

    private protected override SocketIOServer Owner => _namespace.Server;

    private protected override int NamespaceLength => _namespace.MaxNameLength;

    /// <summary>Sends an event and waits for the client's answer, on whichever server it is.</summary>
    /// <typeparam name="TReply">Type of the answer's first argument; <see cref="EventArguments"/> for all that came, from another server
    /// only the first.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <exception cref="AcknowledgementTimeoutException">No answer came in time.</exception>
    /// <exception cref="SocketDisconnectedException">No server has the socket.</exception>
    public async Task<TReply?> EmitWithAckAsync<TReply>(string name, params object?[] arguments)
    {
        var replies = await Ask<TReply>(_namespace, _options, _options.Timeout!.Value, isForOne: true, name, arguments);
        return replies.Count > 0 ? replies[0] : throw new SocketDisconnectedException();
    }

    private protected override ValueTask Deliver(PacketBuilder packet, string name) => _namespace.Broadcast(packet, _options);
}
