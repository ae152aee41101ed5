using System.Security.Claims;
using Stork.Wire;
using Stork.Recovery.Journal;

namespace Stork.Recovery;

// Sessions: how they begin, go away, come back and end.
internal sealed partial class RecoveryLog
{
    /// <summary>Takeovers of a living connection within <see cref="TakeoverWindow"/>; beyond, two clients are taken to fight for one session, and none gets it.</summary>
    private const int MaxTakeovers = 5;

    private static readonly TimeSpan TakeoverWindow = TimeSpan.FromMinutes(1);

    public bool SkipsMiddlewares => _options.SkipMiddlewares;

    public bool AppliesTo(Handshake handshake) => _options.Applies?.Invoke(handshake) ?? true;

    /// <summary>Looks whether a client asks for a session that could be given to it; nothing changes.</summary>
    public RecoveryClaim? Examine(NamespaceTrails nsp, ReadOnlySpan<byte> auth)
    {
        if (RecoveryRequest.Find(auth) is not { } request) return null;
        var key = SessionKey.Of(request.Pid);
        lock (_gate)
        {
            if (!_sessions.TryGetValue(key, out var session) || session.Namespace != nsp || IsExpired(session)) return null;
            var position = session.Start;
            if (request.Offset is { } offset && (!_offsets.TryParse(offset, out position) || position > _sequence)) return null;
            var claim = new RecoveryClaim(session, request.Pid, Math.Max(position, session.Start), request.Offset is not null);
            return Collect(claim) is null ? null : claim;
        }
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
    /// <param name="former">The socket that has to go in any case: the server has not noticed yet that its client is gone, or two fight for the session.</param>
    /// <param name="rooms">The rooms to join.</param>
    /// <returns>False if it cannot have it after all.</returns>
    public bool TryTake(RecoveryClaim claim, UInt128 owner, out SessionHolder? former, out string[] rooms)
    {
        (former, rooms) = (null, []);
        var session = claim.Session;
        lock (_gate)
        {
            if (_isClosed || session.IsOver || session.Generation != claim.Generation || session.Identity != owner || IsExpired(session)) return false;
            (former, session.Holder) = (session.Holder, null);
            if (former is not null && IsFought(session))
            {
                End(session);
                return false;
            }

            claim.Generation = ++session.Generation;
            _away.Remove(session);
            rooms = [.. session.Rooms.Keys];
            return true;
        }
    }

    /// <summary>Sends what the client has missed, and the answer to its CONNECT behind it; from then on the socket gets events as they come.</summary>
    /// <returns>False if too much has come meanwhile, or somebody else took the session.</returns>
    public bool TryResume(RecoveryClaim claim, SessionHolder holder)
    {
        var (session, socket) = (claim.Session, holder.Socket);
        var batch = OutputBatch.Enter();
        try
        {
            lock (_gate)
            {
                if (_isClosed || session.IsOver || session.Generation != claim.Generation || Collect(claim) is not { } missed) return false;
                if (session.Returns.IsVain(claim.Position, missed.Count > 0)) return false;
                // An adapter may fail; what follows must not.
                var rooms = RoomsOf(socket);
                if (session.SocketId != socket.Id)
                {
                    session.Namespace.Sessions.Remove(session.SocketId);
                    session.SocketId = socket.Id;
                    session.Namespace.Sessions.Add(socket.Id, session);
                }

                session.Holder = holder;
                foreach (var room in rooms)
                {
                    if (session.Join(room, _sequence)) WriteMove(RecordKind.Join, session, room);
                }

                Write(StartRecord(RecordKind.Back).Key(session.Key).Text(session.SocketId));
                holder.Open(session, claim.Pid, missed);
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
        lock (_gate)
        {
            var session = claim.Session;
            if (!session.IsOver && session.Generation == claim.Generation && session is { Holder: null, AwayNode: null }) GoAway(session);
        }
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
                var rooms = RoomsOf(socket);
                var session = new Session(nsp, SessionKey.Of(pid), owner, socket.Id, _sequence) { Holder = holder };
                _sessions.Add(session.Key, session);
                nsp.Sessions.Add(session.SocketId, session);
                foreach (var room in rooms) session.Join(room, _sequence);
                if (_file is not null)
                {
                    _record.Clear();
                    RecoveryRecords.WriteSession(_record, session);
                    Append();
                }

                holder.Open(session, pid, missed: null);
            }
        }
        finally
        {
            batch.Exit();
        }
    }

    /// <summary>A socket without a session begins or ends; its namespace's broadcasts need a form without offsets while there is one.</summary>
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
            foreach (var room in rooms)
            {
                if (room != session.SocketId && session.Join(room, _sequence)) WriteMove(RecordKind.Join, session, room);
            }
        }
    }

    public void Leave(Session session, SessionHolder holder, string room)
    {
        lock (_gate)
        {
            if (!session.IsOver && session.Holder == holder && session.Leave(room, _sequence, _forgottenTo)) WriteMove(RecordKind.Leave, session, room);
        }
    }

    /// <summary>A socket has ended.</summary>
    public void OnClosed(Session session, SessionHolder holder, DisconnectReason reason)
    {
        lock (_gate)
        {
            // One whose session was taken over has nothing to say about it any more.
            if (session.Holder != holder) return;
            session.Holder = null;
            session.Returns.Ended(holder.Socket.Connection.IsLeftByClient);
            if (IsRecoverable(reason)) GoAway(session);
            else End(session);
        }
    }

    /// <summary>What the holder's socket keeps its data in: the session's, once there is one.</summary>
    public SessionData DataOf(SessionHolder holder)
    {
        lock (_gate)
        {
            // A recovered session's data may be asked for before the socket has taken them over.
            if ((holder.Data ?? holder.Session?.Data) is { } known) return holder.Data = known;
            var made = new SessionData(_gate, _dataRecorder);
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

    /// <summary>Writes a value of a session's data down. The caller holds the lock.</summary>
    internal void WriteData(Session session, string name, DataState state, byte[]? json) =>
        Write(StartRecord(RecordKind.Data).Key(session.Key).Text(name).Byte((byte)state).Bytes(json));

    /// <summary>The reasons after which the original keeps a session, too: those that nobody wanted.</summary>
    private static bool IsRecoverable(DisconnectReason reason) =>
        reason is not (DisconnectReason.ClientNamespaceDisconnect or DisconnectReason.ServerNamespaceDisconnect or DisconnectReason.ParseError);

    private static string? AuthenticatedName(ClaimsPrincipal user) =>
        user.Identity is { IsAuthenticated: true } identity ? user.FindFirstValue(ClaimTypes.NameIdentifier) ?? identity.Name ?? "" : null;

    private bool IsExpired(Session session) => session.AwayNode is not null && Now - session.AwaySince > _options.MaxDisconnectionDuration.TotalMilliseconds;

    private bool IsFought(Session session)
    {
        var (since, count) = session.Takeovers;
        if (count == 0 || Now - since > TakeoverWindow.TotalMilliseconds) (since, count) = (Now, 0);
        session.Takeovers = (since, count + 1);
        return count >= MaxTakeovers;
    }

    private void GoAway(Session session)
    {
        session.AwaySince = Now;
        _away.Add(session);
        Write(StartRecord(RecordKind.Away).Key(session.Key).Number(session.AwaySince));
        while (_away.IsOverLimit) End(_away.Longest!);
    }

    private void End(Session session)
    {
        _away.Remove(session);
        _sessions.Remove(session.Key);
        session.Namespace.Sessions.Remove(session.SocketId);
        session.End();
        Write(StartRecord(RecordKind.End).Key(session.Key));
    }

    /// <summary>Ends the sessions whose time is over.</summary>
    /// <returns>Namespaces that nobody can come back to any more.</returns>
    private List<string>? EndExpired()
    {
        List<string>? emptied = null;
        while (_away.Longest is { } longest && IsExpired(longest))
        {
            var nsp = longest.Namespace;
            End(longest);
            if (nsp.Sessions.Count == 0) (emptied ??= []).Add(nsp.Name);
        }

        return emptied;
    }

    /// <summary>The rooms a socket is in, but for its own.</summary>
    private static string[] RoomsOf(Socket socket) => [.. socket.Namespace.RequireAdapter().GetRooms(socket).Where(room => room != socket.Id)];

    private void WriteMove(RecordKind kind, Session session, string room) =>
        Write(StartRecord(kind).Key(session.Key).Text(room).Number(_sequence));
}
