using System.Diagnostics;
using Stork.EngineIO;
using Stork.SocketIO.Acks;
using Stork.SocketIO.Events;
using Stork.SocketIO.Rooms;
using Stork.SocketIO.Sessions;
using Stork.SocketIO.Sockets;

namespace Stork;

/// <summary>
/// A client in a namespace: what it sends is handled here, and what is emitted here goes to it alone. Ends with the connection; a client
/// that comes back is a new socket, with a new id unless it is <see cref="Recovered"/>.
/// </summary>
/// <remarks>All members may be called from any thread.</remarks>
[DebuggerDisplay("{Id,nq} in {Namespace.Name,nq}, {Lifetime.State}")]
public sealed partial class Socket : Emitter
{
    private volatile EngineConnection? _plainOutput;
    private volatile IDictionary<string, object?>? _data;
    private AckTable? _acks;

    internal Socket(Namespace nsp, Client client, Handshake handshake)
    {
        Namespace = nsp;
        Client = client;
        Handshake = handshake;
        Id = SessionId.Create();
        Lifetime = new SocketLifetime(this);
        Listeners = new ListenerTable(this);
        Events = new EventDispatcher(this);
        Features = new SocketFeatures(this);
    }

    /// <summary>A random id of 20 characters, new at each connection unless the client is <see cref="Recovered"/>; also the name of a room
    /// only this socket is in from the start.</summary>
    public string Id { get; private set; }

    /// <summary>The namespace the socket is in.</summary>
    public Namespace Namespace { get; }

    /// <summary>The server.</summary>
    public SocketIOServer Server => Namespace.Server;

    /// <summary>How the client introduced itself.</summary>
    public Handshake Handshake { get; }

    /// <summary>Whether the client is connected to the namespace.</summary>
    public bool Connected => Lifetime.State == SocketState.Connected;

    /// <summary>
    /// Whether the client came back after it had lost its connection: it has its rooms and <see cref="Data"/> back, has got every event it
    /// missed, and its id is the one it had (unless it had not got any event before). Always false without
    /// <see cref="SocketIOOptions.ConnectionStateRecovery"/>.
    /// </summary>
    public bool Recovered => Lifetime.IsRecovered;

    /// <summary>The transport the connection uses now; it changes when the client upgrades.</summary>
    public SocketIOTransports Transport => Connection.TransportKind;

    /// <summary>The id of the connection (the Engine.IO session), which all sockets of the client share. Known to the client only; never
    /// give it to others.</summary>
    public string ConnectionId => Connection.Id;

    /// <summary>Bytes for the client, of all its namespaces, that its transport could not take yet: what has left for the network does not
    /// count, nor the 64 KiB that may be about to. Beyond <see cref="SocketIOOptions.MaxOutputBufferSize"/>, the
    /// <see cref="SlowReaderPolicy"/> decides.</summary>
    public long BufferedAmount => Connection.QueuedBytes;

    /// <summary>Whatever the application wants to remember of the socket; seen by
    /// <see cref="BroadcastTarget.FetchSocketsAsync"/>.</summary>
    public IDictionary<string, object?> Data => _data ?? CreateData();

    /// <summary>The rooms the socket is in, its id first; after the disconnect, those it was in.</summary>
    public IReadOnlyCollection<string> Rooms => Lifetime.LastRooms ?? Namespace.RequireAdapter().GetRooms(this);

    /// <summary>Cancelled when the socket is disconnected, or its connection ends while middlewares still run; handlers may take it as a
    /// parameter of type <see cref="CancellationToken"/>.</summary>
    public CancellationToken Disconnected => Lifetime.Ended;

    /// <summary>Services of a scope that lives as long as the socket, and until its disconnect handlers are done. An event's own scope is a
    /// handler parameter of type <see cref="IServiceProvider"/>.</summary>
    /// <exception cref="ObjectDisposedException">The socket and its scope have ended.</exception>
    public IServiceProvider Services => Lifetime.Services;

    internal Client Client { get; }

    internal EngineConnection Connection => Client.Connection;

    internal SocketLifetime Lifetime { get; }

    /// <summary>Guards the <see cref="Lifetime"/>, the <see cref="Listeners"/> and the <see cref="Events"/>.</summary>
    internal Lock Gate { get; } = new();

    internal ListenerTable Listeners { get; }

    internal EventDispatcher Events { get; }

    internal SocketFeatures Features { get; }

    internal SocketOutput Output => new(this);

    /// <summary>
    /// The connection, while broadcasts go there as they are: the socket is connected, no session has a part in its events, and nobody
    /// listens to what is sent. Else null, and <see cref="SocketOutput"/> finds out what is to be done.
    /// </summary>
    /// <remarks>A broadcast to thousands finds no receiver in the processor's cache: one field answers what four objects would.</remarks>
    internal EngineConnection? PlainOutput => _plainOutput;

    /// <summary>Answers the client owes; made when the first one is asked for.</summary>
    internal AckTable Acks => _acks ?? Interlocked.CompareExchange(ref _acks, new AckTable(this), null) ?? _acks;

    /// <summary>As <see cref="Acks"/>; null if no answer was ever asked for.</summary>
    internal AckTable? AcksIfAny => _acks;

    /// <summary>The socket's part in the session log. Set once, before anybody else knows the socket.</summary>
    internal ISocketSession Session { get; set; } = NoSession.Instance;

    /// <summary>Rooms besides the implied one; guarded by the in-memory adapter's lock.</summary>
    internal JoinedRooms JoinedRooms => field ??= new();

    /// <summary>True once the socket can join no more rooms.</summary>
    internal bool IsGone => Lifetime.State == SocketState.Disconnected;

    private protected override SocketIOServer Owner => Namespace.Server;

    private protected override int NamespaceLength => Namespace.Utf8Name.Length;

    /// <summary>Joins rooms; nothing happens after the disconnect.</summary>
    /// <exception cref="InvalidOperationException">A limit is reached: <see cref="SocketIOOptions.MaxRoomsPerSocket"/>,
    /// <see cref="SocketIOOptions.MaxRoomBytesPerSocket"/> or <see cref="SocketIOOptions.MaxRoomBytes"/>.</exception>
    public ValueTask JoinAsync(params ReadOnlySpan<string> rooms) => JoinAsync((IReadOnlyList<string>)[.. rooms]);

    /// <summary>Leaves a room.</summary>
    public ValueTask LeaveAsync(string room) => Session.LeaveAsync(this, room);

    /// <summary>Leaves rooms.</summary>
    public ValueTask LeaveAsync(params ReadOnlySpan<string> rooms) => Lifetime.LeaveAsync([.. rooms]);

    /// <summary>Disconnects the client from the namespace; it does not reconnect by itself (its reason is "io server
    /// disconnect").</summary>
    /// <param name="close">Also close the connection, and with it the client's sockets in other namespaces.</param>
    public ValueTask DisconnectAsync(bool close = false) => Lifetime.DisconnectAsync(close);

    internal ValueTask JoinAsync(IReadOnlyList<string> rooms) => Session.JoinAsync(this, rooms);

    /// <summary>What a higher floor attached to this socket; null if it did not.</summary>
    internal T? Feature<T>()
        where T : class, ISocketFeature => Features.Find<T>();

    /// <summary>To be called, under <see cref="Gate"/>, when something of what <see cref="PlainOutput"/> says has changed.</summary>
    internal void ReviewPlainOutput() =>
        _plainOutput = Connected && Lifetime.EventLog is null && !Listeners.HasOutgoing ? Connection : null;

    internal void OnAcknowledgement(in Packet packet)
    {
        if (_acks is null || !_acks.TryComplete(packet)) Features.OnAcknowledgement(packet);
    }

    /// <summary>The id its client knows it by, from the first middleware on; null: the client has to learn a new one.</summary>
    internal void ChangeId(string? id) => Id = id ?? SessionId.Create();

    /// <summary>All sockets of a session have the same data.</summary>
    internal void ShareData(IDictionary<string, object?> data) => _data = data;

    /// <summary>Of two that ask at once, both get what was made first.</summary>
    private IDictionary<string, object?> CreateData()
    {
        var made = Session.CreateData();
        return Interlocked.CompareExchange(ref _data, made, null) ?? made;
    }
}
