using Stork.Wire;
using Stork.SocketIO.Rooms;

namespace Stork;

/// <summary>A socket found by <see cref="BroadcastTarget.FetchSocketsAsync"/>, on this server or another; what it tells was true when it was fetched.</summary>
public sealed class RemoteSocket : Emitter
{
    private readonly Namespace _namespace;

    internal RemoteSocket(Socket socket)
        : this(socket.Namespace, socket.Id, socket.Handshake, socket.Rooms, socket.Data)
    {
    }

    /// <summary>For adapters: describes a socket that another server told of.</summary>
    public RemoteSocket(Namespace nsp, string id, Handshake handshake, IReadOnlyCollection<string> rooms, IDictionary<string, object?> data)
    {
        _namespace = nsp;
        Id = id;
        Handshake = handshake;
        Rooms = rooms;
        Data = data;
    }

    /// <summary>The socket's id.</summary>
    public string Id { get; }

    /// <summary>What the client sent when it connected.</summary>
    public Handshake Handshake { get; }

    /// <summary>The rooms the socket was in, its own id among them.</summary>
    public IReadOnlyCollection<string> Rooms { get; }

    /// <summary>The application's data of the socket.</summary>
    public IDictionary<string, object?> Data { get; }

    private protected override SocketIOServer Owner => _namespace.Server;

    private protected override int NamespaceLength => _namespace.MaxNameLength;

    private BroadcastOperator Itself => _namespace.To(Id);

    /// <summary>Sends an event and waits for the client's answer.</summary>
    /// <typeparam name="TReply">Type of the answer's first argument.</typeparam>
    /// <param name="timeout">How long to wait for it.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <exception cref="AcknowledgementTimeoutException">No answer came in time.</exception>
    /// <exception cref="SocketDisconnectedException">The socket is gone.</exception>
    public async Task<TReply?> EmitWithAckAsync<TReply>(TimeSpan timeout, string name, params object?[] arguments)
    {
        var replies = await Itself.Timeout(timeout).EmitWithAckAsync<TReply>(name, arguments);
        return replies.Count > 0 ? replies[0] : throw new SocketDisconnectedException();
    }

    /// <summary>Makes the socket join rooms.</summary>
    public ValueTask JoinAsync(params ReadOnlySpan<string> rooms) => Itself.SocketsJoinAsync(rooms);

    /// <summary>Makes the socket leave a room.</summary>
    public ValueTask LeaveAsync(string room) => Itself.SocketsLeaveAsync(room);

    /// <summary>Disconnects the socket.</summary>
    /// <param name="close">Also close its connection.</param>
    public ValueTask DisconnectAsync(bool close = false) => Itself.DisconnectSocketsAsync(close);

    private protected override ValueTask Deliver(PacketBuilder packet, string name) =>
        _namespace.Broadcast(packet, BroadcastOptions.All with { Rooms = [Id] });
}
