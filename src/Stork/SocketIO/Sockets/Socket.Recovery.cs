using Stork.EngineIO;
using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork;

// The session behind the socket, which its client gets back when it has lost the connection.
public sealed partial class Socket
{
    /// <summary>Set before the socket is open, and then for good; null if its events carry no offsets.</summary>
    private IEventLog? _eventLog;

    /// <summary>
    /// Whether the client came back after it had lost its connection: it has its rooms and <see cref="Data"/> back, has got every event it missed, and
    /// its id is the one it had (unless it had not got any event before). Always false without <see cref="SocketIOOptions.ConnectionStateRecovery"/>.
    /// </summary>
    public bool Recovered { get; private set; }

    /// <summary>The socket's part in the session log. Set once, before anybody else knows the socket.</summary>
    internal ISocketSession Session { get; set; } = NoSession.Instance;

    /// <summary>The id its client knows it by, from the first middleware on; null: the client has to learn a new one.</summary>
    internal void ChangeId(string? id) => Id = id ?? EngineServer.NewSessionId();

    /// <summary>Becomes part of the namespace. A session log calls it under its lock, so that no event comes in between.</summary>
    /// <param name="log">Keeps the socket's events; null if nothing does.</param>
    /// <param name="pid">What the client will ask for its session with; null if it has none.</param>
    /// <param name="missed">The events that go ahead of the answer to CONNECT; null unless an earlier session is recovered.</param>
    internal void Open(IEventLog? log, string? pid, IReadOnlyList<EncodedPacket>? missed)
    {
        Recovered = missed is not null;
        lock (_gate)
        {
            _eventLog = log;
            SendConnect(pid, missed ?? []);
            _state = State.Connected;
            Namespace.Add(this);
        }
    }

    /// <summary>An event that was encoded for this socket; listeners are told by the caller.</summary>
    internal ValueTask SendEncoded(EncodedPacket packet) => Connected ? _client.Connection.Send(packet) : ValueTask.CompletedTask;

    /// <summary>All sockets of a session have the same data.</summary>
    internal void ShareData(IDictionary<string, object?> data) => _data = data;

    /// <summary>The client has come back on another connection while the server still held this one.</summary>
    internal void Supersede()
    {
        _client.Connection.Close(DisconnectReason.TransportClose, abort: true, "The client came back on another connection.");
        OnClosed(DisconnectReason.TransportClose);
    }

    /// <summary>Of two that ask at once, both get what was made first.</summary>
    private IDictionary<string, object?> CreateData()
    {
        var made = Session.CreateData();
        return Interlocked.CompareExchange(ref _data, made, null) ?? made;
    }
}
