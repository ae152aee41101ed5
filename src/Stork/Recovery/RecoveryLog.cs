using System.Security.Claims;
using Stork.Recovery.Journal;
using Stork.Recovery.Shared;
using Stork.SocketIO.Sessions;
using Stork.Timing;
using Stork.Wire;

namespace Stork.Recovery;

/// <summary>
/// What a server remembers for clients that lose their connection: the events of the last minutes, in one order over all namespaces, and
/// the sessions, with the rooms each was in from when to when. Written down when things happen, not when a client leaves, because
/// a server that is killed sees nobody leave.
/// </summary>
/// <remarks>
/// <para>An event is numbered, logged, and put into the output of every connection concerned under one lock, so that on each connection
/// the offsets only rise: whoever has seen an offset has seen everything before it that was meant for it. The bytes leave outside of
/// the lock, at the end of the batch, behind the journal's write.</para>
/// <para>Each room, each namespace and each session has a trail of its own events, so what a client missed is found without looking
/// at what others missed. A trail also knows how far it has been forgotten: a client is told that it recovered only if nothing on its
/// trails is missing.</para>
/// <para>Locks: <see cref="RecoveryState.Gate"/> before those of sockets, adapters and connections, never the other way round.</para>
/// </remarks>
internal sealed class RecoveryLog : WheelEntry, ISessionLog
{
    private static readonly TimeSpan LongestSweepInterval = TimeSpan.FromSeconds(10);

    private readonly RecoveryState _state;
    private readonly Lock _gate;
    private readonly ConnectionStateRecoveryOptions _options;
    private readonly SocketIOServer _server;
    private readonly Func<Socket, ValueTask<(bool IsKnown, string? Name)>> _identify;
    private readonly SemaphoreSlim _replays;
    private int _isSweeping;

    /// <summary>The application is being told that writing has failed.</summary>
    private Task _telling = Task.CompletedTask;

    /// <param name="server">The server whose clients come back.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="identify">Asks the application who a socket is, unless the options say it: whether that is known, and the name,
    /// null for nobody.</param>
    /// <param name="directory">Where to write things down; null: nowhere.</param>
    public RecoveryLog(
        SocketIOServer server,
        ConnectionStateRecoveryOptions options,
        Func<Socket, ValueTask<(bool IsKnown, string? Name)>> identify,
        string? directory)
    {
        _server = server;
        _identify = identify;
        _options = options;
        _replays = new SemaphoreSlim(options.MaxConcurrentReplays);
        var engine = server.Engine.Options;
        Retention = options.MaxDisconnectionDuration + engine.PingInterval + (2 * engine.PingTimeout);
        var limits = new RecoveryLimits(
            Retention, server.Options.MaxRoomBytes, server.Serializer.MaxAttachments, server.Serializer.Options);
        var file = directory is null ? null : new RecoveryFile(new FileDisk(directory), OnFileFailed);
        _state = new RecoveryState(options, limits, server.Engine.Time, server.Logger, file, BootId.Current);
        _gate = _state.Gate;
        Events = new EventSender(_state);
        if (file is not null) server.Engine.BeforeOutput = file.WriteOut;
        ScheduleSweep();
    }

    /// <summary>Sends events, and keeps them.</summary>
    public EventSender Events { get; }

    /// <summary>The sessions that are kept, connected or not.</summary>
    public int SessionCount
    {
        get
        {
            lock (_gate) return _state.Sessions.Count;
        }
    }

    /// <summary>The namespaces that are known, there or not.</summary>
    public int NamespaceCount
    {
        get
        {
            lock (_gate) return _state.Namespaces.Count;
        }
    }

    /// <summary>The events that are kept.</summary>
    public int EventCount
    {
        get
        {
            lock (_gate) return _state.History.Count;
        }
    }

    public ConnectionStateRecoveryOptions Options => _options;

    public TimeSpan MaxDisconnectionDuration => _options.MaxDisconnectionDuration;

    /// <summary>How long events are kept: a client may be gone for two heartbeats before the server notices, and its session's time
    /// begins.</summary>
    public TimeSpan Retention { get; }

    public bool SkipsMiddlewares => _options.SkipMiddlewares;

    public INamespaceSessions Attach(string name)
    {
        lock (_gate)
        {
            var trails = _state.Namespaces.GetOrAdd(name);
            trails.IsAttached = true;
            return new NamespaceLog(this, trails);
        }
    }

    /// <summary>A namespace that was made on demand is about to be dropped; false while somebody may come back to it.</summary>
    public bool TryDetach(NamespaceTrails trails)
    {
        lock (_gate) return _state.Namespaces.TryDetach(trails);
    }

    /// <summary>
    /// Namespaces of an earlier run whose clients have not come back yet are not there: their sessions cannot be recovered
    /// completely any more.
    /// </summary>
    public void MissOut()
    {
        lock (_gate) _state.Namespaces.MissOut();
    }

    public INamespaceSessions Share(Namespace nsp, ClusterAdapter adapter, IClusterSessionStore store) =>
        new SharedSessions(nsp, adapter, store, this);

    public bool AppliesTo(Handshake handshake) => _options.Applies?.Invoke(handshake) ?? true;

    /// <summary>Looks whether a client asks for a session that could be given to it; nothing changes.</summary>
    public RecoveryClaim? Examine(NamespaceTrails nsp, ReadOnlySpan<byte> auth)
    {
        if (RecoveryRequest.Find(auth) is not { } request) return null;
        var key = SessionKey.Of(request.Pid);
        lock (_gate) return _state.Sessions.Examine(nsp, request, key);
    }

    /// <summary>Whose the socket's session is. Asked behind the middlewares.</summary>
    public async ValueTask<UInt128> FindOwnerAsync(Socket socket)
    {
        if (_options.Identity is { } identity) return SessionKey.OfIdentity(identity(socket));
        var (isKnown, name) = await _identify(socket);
        // It might be anybody: the session is owned by one who will never come.
        return isKnown ? SessionKey.OfIdentity(name ?? AuthenticatedName(socket.Handshake.User)) : SessionKey.Of(SessionKey.NewPid());
    }

    /// <summary>Waits until not too many others are being served.</summary>
    public async ValueTask<IDisposable?> WaitForSlotAsync()
    {
        await _replays.WaitAsync();
        return new ReplaySlot(_replays);
    }

    /// <summary>Takes the session away from whoever has it; from now on events for it are only kept.</summary>
    /// <param name="claim">What <see cref="Examine"/> found.</param>
    /// <param name="owner">Who that is, as <see cref="FindOwnerAsync"/> says.</param>
    /// <param name="former">Who has to go in any case: the server has not noticed yet that its client is gone, or two fight
    /// for the session.</param>
    /// <param name="rooms">The rooms to join.</param>
    /// <returns>False if it cannot have it after all.</returns>
    public bool TryTake(RecoveryClaim claim, UInt128 owner, out ISessionHolder? former, out string[] rooms)
    {
        (former, rooms) = (null, []);
        lock (_gate)
        {
            if (_state.IsClosed || !_state.Sessions.TryTake(claim, owner, out former)) return false;
            rooms = [.. claim.Session.Rooms.Keys];
            return true;
        }
    }

    /// <summary>
    /// Sends what the client has missed, and the answer to its CONNECT behind it; from then on the socket gets events as they come.
    /// </summary>
    /// <returns>False if too much has come meanwhile, or somebody else took the session.</returns>
    public bool TryResume(RecoveryClaim claim, SessionHolder holder)
    {
        var socket = holder.Socket;
        var batch = OutputBatch.Enter();
        try
        {
            lock (_gate)
            {
                if (_state.IsClosed || _state.Sessions.CollectMissed(claim) is not { } missed) return false;
                // An adapter may fail; what follows must not.
                var rooms = RoomsOf(socket);
                _state.Sessions.Return(claim.Session, holder, socket.Id, rooms);
                holder.Open(claim.Session, claim.Pid, missed);
                return true;
            }
        }
        finally
        {
            batch.Exit();
        }
    }

    /// <summary>A session was taken, but its socket never got to the point of having it.</summary>
    public void Abandon(RecoveryClaim claim)
    {
        lock (_gate) _state.Sessions.Abandon(claim);
    }

    /// <summary>A new session, and the answer to CONNECT.</summary>
    public void Open(NamespaceTrails nsp, SessionHolder holder, UInt128 owner)
    {
        var pid = SessionKey.NewPid();
        var socket = holder.Socket;
        var batch = OutputBatch.Enter();
        try
        {
            lock (_gate)
            {
                var session = _state.Sessions.Begin(nsp, pid, owner, holder, socket.Id, RoomsOf(socket));
                holder.Open(session, pid, missed: null);
            }
        }
        finally
        {
            batch.Exit();
        }
    }

    /// <summary>
    /// A socket without a session begins or ends; its namespace's broadcasts need a form without offsets while there is one.
    /// </summary>
    public void CountOutsider(NamespaceTrails nsp, int change)
    {
        lock (_gate) nsp.Outsiders += change;
    }

    /// <summary>The socket joins rooms. One that has lost its session to another changes nothing about it any more.</summary>
    public void Join(Session session, SessionHolder holder, IReadOnlyList<string> rooms)
    {
        lock (_gate)
        {
            if (session.IsOver || session.Holder != holder) return;
            foreach (var room in rooms) _state.Sessions.Join(session, room);
        }
    }

    public void Leave(Session session, SessionHolder holder, string room)
    {
        lock (_gate)
        {
            if (!session.IsOver && session.Holder == holder) _state.Sessions.Leave(session, room);
        }
    }

    /// <summary>A socket has ended.</summary>
    public void OnClosed(Session session, SessionHolder holder, DisconnectReason reason)
    {
        lock (_gate)
        {
            // One whose session was taken over has nothing to say about it any more.
            if (session.Holder == holder) _state.Sessions.OnClosed(session, holder, reason);
        }
    }

    /// <summary>What the holder's socket keeps its data in: the session's, once there is one.</summary>
    public SessionData DataOf(SessionHolder holder)
    {
        lock (_gate)
        {
            // A recovered session's data may be asked for before the socket has taken them over.
            if ((holder.Data ?? holder.Session?.Data) is { } known) return holder.Data = known;
            var made = _state.CreateData();
            if (holder.Session is { } session) (session.Data = made).Assign(session);
            return holder.Data = made;
        }
    }

    /// <summary>All sockets of a session have the same data. What a middleware has set is newer than what was there before.</summary>
    public void ShareData(SessionHolder holder)
    {
        var session = holder.Session!;
        SessionData? own, common;
        lock (_gate)
        {
            own = holder.Data;
            common = session.Data ??= own;
            holder.Data = common;
        }

        if (common is null) return;
        holder.Socket.ShareData(common);
        if (own is not null && own != common)
        {
            foreach (var (name, value) in own) common[name] = value;
        }

        common.Assign(session);
    }

    internal override void OnDue()
    {
        // Not on the wheel's own time: others wait for it.
        ThreadPool.UnsafeQueueUserWorkItem(static log => log.Sweep(), this, preferLocal: false);
        ScheduleSweep();
    }

    /// <summary>Forgets what has had its time, and sees to the journal.</summary>
    public void Sweep()
    {
        if (Interlocked.Exchange(ref _isSweeping, 1) != 0) return;
        try
        {
            foreach (var name in _state.Forget()) _server.Namespaces.RemoveIfEmpty(name);
            _state.RewriteIfDue();
        }
        catch (Exception exception)
        {
            Log.RecoveryFailed(_server.Logger, exception);
        }
        finally
        {
            Volatile.Write(ref _isSweeping, 0);
        }
    }

    /// <summary>Closes the journal in order, for the next process to go on from.</summary>
    public void Dispose()
    {
        _server.Engine.Wheel.Cancel(this);
        // The one that sweeps may write the file anew.
        SpinWait.SpinUntil(() => Interlocked.Exchange(ref _isSweeping, 1) == 0);
        _state.Dispose();
        // The process may end behind this, and the last word of the file with it.
        _telling.GetAwaiter().GetResult();
        _replays.Dispose();
        Volatile.Write(ref _isSweeping, 0);
    }

    private static string? AuthenticatedName(ClaimsPrincipal user) =>
        user.Identity is { IsAuthenticated: true } identity ? user.FindFirstValue(ClaimTypes.NameIdentifier) ?? identity.Name ?? "" : null;

    /// <summary>The rooms a socket is in, but for its own.</summary>
    private static string[] RoomsOf(Socket socket) =>
        [.. socket.Namespace.RequireAdapter().GetRooms(socket).Where(room => room != socket.Id)];

    private void ScheduleSweep()
    {
        var interval = _options.MaxDisconnectionDuration / 4;
        _server.Engine.Wheel.Schedule(this, interval < LongestSweepInterval ? interval : LongestSweepInterval);
    }

    // Not here: the file is written under locks, of connections too, and a logger of the application may emit.
    private void OnFileFailed(Exception exception) => _telling = Task.Run(() => Log.RecoveryJournalFailed(_server.Logger, exception));
}
