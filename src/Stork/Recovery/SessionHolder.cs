using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork.Recovery;

/// <summary>
/// The part of a socket that has, or will have, a session: its claim to an earlier one, and what it does with the one it got.
/// </summary>
/// <remarks>
/// <see cref="Session"/> is set once, under the log's lock, before the socket is open. The log's lock guards <see cref="Data"/>.
/// </remarks>
internal sealed class SessionHolder(RecoveryLog log, NamespaceTrails trails, Socket socket, RecoveryClaim? claimed)
    : ISocketSession, IEventLog, ISessionHolder
{
    private RecoveryClaim? _claim = claimed;
    private UInt128 _owner;

    /// <summary>Rooms of the claimed session that the socket was not in by itself.</summary>
    private string[] _claimedRooms = [];

    public Socket Socket => socket;

    /// <summary>Null until the socket is open.</summary>
    public Session? Session { get; private set; }

    /// <summary>What the socket's data is kept in; null until it has any.</summary>
    public SessionData? Data { get; set; }

    public bool IsRecoverable => true;

    public bool IsClaiming => _claim is not null;

    public bool SkipsMiddlewares => IsClaiming && log.SkipsMiddlewares;

    public bool IsLeftByClient => socket.Connection.IsLeftByClient;

    public async ValueTask IdentifyAsync() => _owner = await log.FindOwnerAsync(socket);

    public ValueTask<IDisposable?> WaitForSlotAsync() => log.WaitForSlotAsync();

    public async ValueTask<bool> TryTakeAsync()
    {
        var claim = _claim!;
        var isTaken = log.TryTake(claim, _owner, out var former, out var rooms);
        former?.Supersede();
        if (!isTaken)
        {
            GiveUp(claim);
            return false;
        }

        try
        {
            var adapter = socket.Namespace.RequireAdapter();
            var own = adapter.GetRooms(socket);
            _claimedRooms = [.. rooms.Where(room => !own.Contains(room))];
            await adapter.AddAsync(socket, _claimedRooms);
        }
        catch
        {
            log.Abandon(claim);
            throw;
        }

        return true;
    }

    public async ValueTask<bool> TryOpenAsync(Socket opened)
    {
        if (_claim is not { } claim)
        {
            log.Open(trails, this, _owner);
        }
        else if (!TryResume(claim))
        {
            // Too much has come since, or somebody else was quicker. What was the session's is not this socket's,
            // what its middlewares gave it is.
            foreach (var room in _claimedRooms) await socket.Namespace.RequireAdapter().RemoveAsync(socket, room);
            GiveUp(claim);
            return false;
        }

        log.ShareData(this);
        if (socket.Recovered) Log.SocketRecovered(socket.Server.Logger, socket.Id, socket.Namespace.Name);
        return true;
    }

    /// <summary>Opens the socket with its session. The caller holds the log's lock.</summary>
    /// <param name="session">The session, new or recovered.</param>
    /// <param name="pid">What the client will ask for it with.</param>
    /// <param name="missed">The events that the client has missed; null if the session is new.</param>
    public void Open(Session session, string pid, IReadOnlyList<LoggedEvent>? missed)
    {
        Session = session;
        socket.Lifetime.Open(this, pid, missed is null ? null : [.. missed.Select(static logged => logged.Packet)]);
    }

    public void Abandon()
    {
        if (_claim is { } claim) log.Abandon(claim);
    }

    public void OnClosed(DisconnectReason reason) => log.OnClosed(Session!, this, reason);

    public ValueTask Send(EncodedPacket packet) => socket.Output.SendEncoded(packet);

    public void NotifyOutgoing(EncodedPacket packet) => socket.Listeners.NotifyOutgoing(packet);

    public void Supersede() => socket.Lifetime.Supersede();

    public ValueTask Emit(PacketBuilder packet, PacketFlags flags) => log.Events.Emit(Session!, packet, flags);

    public ValueTask EmitUnkept(PacketBuilder packet, PacketFlags flags) => log.Events.EmitUnkept(Session!, packet, flags);

    public async ValueTask JoinAsync(Socket joining, IReadOnlyList<string> rooms)
    {
        var adapter = socket.Namespace.RequireAdapter();
        // First, so that the session has a right to whatever the socket gets; and again, for a socket that was being connected meanwhile.
        if (Session is { } before) log.Join(before, this, rooms);
        try
        {
            await adapter.AddAsync(socket, rooms);
        }
        catch
        {
            var joined = adapter.GetRooms(socket);
            foreach (var room in rooms)
            {
                if (!joined.Contains(room) && Session is { } session) log.Leave(session, this, room);
            }

            throw;
        }

        if (Session is { } after) log.Join(after, this, rooms);
    }

    public async ValueTask LeaveAsync(Socket leaving, string room)
    {
        await socket.Namespace.RequireAdapter().RemoveAsync(socket, room);
        if (Session is { } session) log.Leave(session, this, room);
    }

    public ValueTask FlushAsync() => ValueTask.CompletedTask;

    public IDictionary<string, object?> CreateData() => log.DataOf(this);

    private bool TryResume(RecoveryClaim claim)
    {
        var isResumed = false;
        try
        {
            isResumed = log.TryResume(claim, this);
        }
        finally
        {
            if (!isResumed) log.Abandon(claim);
        }

        return isResumed;
    }

    /// <summary>The socket is one like any other: with an id that its client did not have before.</summary>
    private void GiveUp(RecoveryClaim claim)
    {
        if (claim.HasOffset) socket.ChangeId(null);
        _claim = null;
    }
}
