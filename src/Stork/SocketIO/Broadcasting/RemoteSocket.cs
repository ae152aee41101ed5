using System.Diagnostics;
using System.Text.Json;
using Stork.SocketIO.Clustering;
using Stork.Wire;

namespace Stork;

/// <summary>A socket found by <see cref="BroadcastTarget.FetchSocketsAsync"/>, on this server or another; what it tells was true when it
/// was fetched. What is done to it reaches the socket on whichever server it is.</summary>
[DebuggerDisplay("{Id}, {Rooms.Count} rooms")]
public sealed class RemoteSocket : Emitter
{
    private readonly Namespace _namespace;
    private readonly JsonPayload? _payload;
    private readonly ClusterSocket? _described;
    private IDictionary<string, object?>? _data;
    private Handshake? _handshake;

    /// <summary>For adapters: describes a socket that another server told of.</summary>
    public RemoteSocket(Namespace nsp, string id, Handshake handshake, IReadOnlyCollection<string> rooms, IDictionary<string, object?> data)
    {
        _namespace = nsp;
        Id = id;
        Rooms = rooms;
        _handshake = handshake;
        _data = data;
    }

    internal RemoteSocket(Socket socket)
        : this(socket.Namespace, socket.Id, socket.Handshake, socket.Rooms, socket.Data)
    {
    }

    /// <summary>A socket of another server, whose data were found well-formed.</summary>
    internal RemoteSocket(Namespace nsp, ClusterSocket socket)
    {
        _namespace = nsp;
        Id = socket.Id;
        Rooms = socket.Rooms;
        _described = socket;
        _payload = socket.Data;
    }

    /// <summary>The socket's id.</summary>
    public string Id { get; }

    /// <summary>What the client sent when it connected.</summary>
    public Handshake Handshake => _handshake ??= new Handshake(_namespace, _described!.Handshake);

    /// <summary>The rooms the socket was in, its own id among them.</summary>
    public IReadOnlyCollection<string> Rooms { get; }

    /// <summary>The application's data of the socket. From another server it is a copy, whose values are <see cref="JsonElement"/>s and,
    /// for binary data, arrays of bytes; <see cref="GetData{T}"/> reads both alike.</summary>
    public IDictionary<string, object?> Data => _data ??= SocketDataText.Read(_payload!, Owner.Serializer);

    private protected override SocketIOServer Owner => _namespace.Server;

    private protected override int NamespaceLength => _namespace.MaxNameLength;

    private BroadcastOptions Options => BroadcastOptions.All with { Rooms = [Id] };

    private BroadcastOperator Itself => _namespace.To(Id);

    /// <summary>Reads one of the application's data, from whichever server.</summary>
    /// <returns>The value; the type's default if there is none of the name.</returns>
    /// <exception cref="JsonException">The value of another server's socket does not fit <typeparamref name="T"/>.</exception>
    /// <exception cref="InvalidCastException">The value of this server's socket is of another type.</exception>
    public T? GetData<T>(string name) => Data.TryGetValue(name, out var value)
        ? value is JsonElement element && typeof(T) != typeof(JsonElement)
            ? SocketDataText.Read<T>(element, _payload, Owner.Serializer)
            : (T?)value
        : default;

    /// <summary>How long <see cref="RemoteSocketEmitter.EmitWithAckAsync{TReply}(string, object?[])"/> waits for the client's
    /// answer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public RemoteSocketEmitter Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return new(_namespace, Options with { Timeout = timeout });
    }

    /// <summary>Makes the socket join rooms.</summary>
    public ValueTask JoinAsync(params ReadOnlySpan<string> rooms) => Itself.SocketsJoinAsync(rooms);

    /// <summary>Makes the socket leave a room.</summary>
    public ValueTask LeaveAsync(string room) => Itself.SocketsLeaveAsync(room);

    /// <summary>Disconnects the socket.</summary>
    /// <param name="close">Also close its connection.</param>
    public ValueTask DisconnectAsync(bool close = false) => Itself.DisconnectSocketsAsync(close);

    private protected override ValueTask Deliver(PacketBuilder packet, string name) => _namespace.Broadcast(packet, Options);
}
