namespace Stork.Recovery;

/// <summary>The sessions that are kept, connected or not: how they begin, go away, come back and end.</summary>
/// <remarks>The log's lock guards it. Everything that a later process has to know is written to the journal in the same go.</remarks>
internal sealed class SessionTable(
    ConnectionStateRecoveryOptions options,
    long maxRoomBytes,
    LogClock clock,
    EventHistory history,
    RecoveryJournal journal)
{
    /// <summary>
    /// Takeovers of a living connection within <see cref="TakeoverWindow"/>; beyond, two clients are taken to fight for one session,
    /// and none gets it.
    /// </summary>
    private const int MaxTakeovers = 5;

    private static readonly TimeSpan TakeoverWindow = TimeSpan.FromMinutes(1);

    private readonly Dictionary<UInt128, Session> _sessions = [];
    private readonly AwaySessions _away = new(options.MaxSessions, maxRoomBytes);

    public int Count => _sessions.Count;

    public IReadOnlyDictionary<UInt128, Session> ByKey => _sessions;

    /// <summary>Looks whether a client asks for a session that could be given to it; nothing changes.</summary>
    public RecoveryClaim? Examine(NamespaceTrails nsp, in RecoveryRequest request, UInt128 key)
    {
        if (!_sessions.TryGetValue(key, out var session) || session.Namespace != nsp || IsExpired(session)) return null;
        var position = session.Start;
        if (request.Offset is { } offset && (!history.Offsets.TryParse(offset, out position) || position > history.Last)) return null;
        var claim = new RecoveryClaim(session, request.Pid, Math.Max(position, session.Start), request.Offset is not null);
        return Replay.Collect(claim, options) is null ? null : claim;
    }

    /// <summary>Takes the session away from whoever has it; from now on events for it are only kept.</summary>
    /// <param name="claim">What <see cref="Examine"/> found.</param>
    /// <param name="owner">Who wants it.</param>
    /// <param name="former">Who has to go in any case: the server has not noticed yet that its client is gone, or two fight
    /// for the session.</param>
    /// <returns>False if it cannot be had after all.</returns>
    public bool TryTake(RecoveryClaim claim, UInt128 owner, out ISessionHolder? former)
    {
        former = null;
        var session = claim.Session;
        if (session.IsOver || session.Generation != claim.Generation || session.Identity != owner || IsExpired(session)) return false;
        (former, session.Holder) = (session.Holder, null);
        if (former is not null && IsFought(session))
        {
            End(session);
            return false;
        }

        claim.Generation = ++session.Generation;
        _away.Remove(session);
        return true;
    }

    /// <summary>
    /// What the client that took the session has missed; null if too much has come meanwhile, or somebody else took the session.
    /// </summary>
    public List<LoggedEvent>? CollectMissed(RecoveryClaim claim)
    {
        var session = claim.Session;
        if (session.IsOver || session.Generation != claim.Generation || Replay.Collect(claim, options) is not { } missed) return null;
        return session.Returns.IsVain(claim.Position, missed.Count > 0) ? null : missed;
    }

    /// <summary>Gives the session to the socket that took it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="holder">The part of the socket.</param>
    /// <param name="socketId">The socket's id.</param>
    /// <param name="rooms">The rooms it is in, but for its own.</param>
    public void Return(Session session, ISessionHolder holder, string socketId, string[] rooms)
    {
        if (session.SocketId != socketId)
        {
            session.Namespace.Sessions.Remove(session.SocketId);
            session.SocketId = socketId;
            session.Namespace.Sessions.Add(socketId, session);
        }

        session.Holder = holder;
        foreach (var room in rooms) Join(session, room);
        journal.WriteBack(session);
    }

    /// <summary>A session was taken, but its socket never got to the point of having it.</summary>
    public void Abandon(RecoveryClaim claim)
    {
        var session = claim.Session;
        if (!session.IsOver && session.Generation == claim.Generation && session is { Holder: null, AwayNode: null }) GoAway(session);
    }

    /// <summary>A session that begins now.</summary>
    public Session Begin(NamespaceTrails nsp, string pid, UInt128 owner, ISessionHolder holder, string socketId, string[] rooms)
    {
        var session = new Session(nsp, SessionKey.Of(pid), owner, socketId, history.Last) { Holder = holder };
        Load(session);
        foreach (var room in rooms) session.Join(room, history.Last);
        journal.Write(session);
        return session;
    }

    public void Join(Session session, string room)
    {
        if (room != session.SocketId && session.Join(room, history.Last)) journal.WriteJoin(session, room, history.Last);
    }

    public void Leave(Session session, string room)
    {
        if (session.Leave(room, history.Last, history.ForgottenTo)) journal.WriteLeave(session, room, history.Last);
    }

    /// <summary>A socket that had the session has ended.</summary>
    public void OnClosed(Session session, ISessionHolder holder, DisconnectReason reason)
    {
        session.Holder = null;
        session.Returns.OnLeft(holder.IsLeftByClient);
        if (IsRecoverable(reason)) GoAway(session);
        else End(session);
    }

    /// <summary>Ends the sessions whose time is over.</summary>
    /// <returns>Namespaces that nobody can come back to any more.</returns>
    public List<string> EndExpired()
    {
        List<string> emptied = [];
        while (_away.Longest is { } longest && IsExpired(longest))
        {
            var nsp = longest.Namespace;
            End(longest);
            if (nsp.Sessions.Count == 0) emptied.Add(nsp.Name);
        }

        return emptied;
    }

    /// <summary>A session of the former process.</summary>
    public void Load(Session session)
    {
        _sessions[session.Key] = session;
        session.Namespace.Sessions[session.SocketId] = session;
    }

    /// <summary>A session that ended while the former process ran.</summary>
    public void Unload(Session session)
    {
        _sessions.Remove(session.Key);
        session.Namespace.Sessions.Remove(session.SocketId);
        session.End();
    }

    /// <summary>Everybody who was connected is away since the former process ended, which on this clock is now.</summary>
    public void CompleteLoading()
    {
        foreach (var session in _sessions.Values.ToList())
        {
            if (session.Stored.IsUnwritable) End(session);
            else if (session.AwaySince == Session.Connected) session.AwaySince = clock.Now;
        }

        foreach (var session in _sessions.Values.OrderBy(static session => session.AwaySince)) _away.Add(session);
        EndSurplus();
    }

    public void Reset()
    {
        _sessions.Clear();
        _away.Clear();
    }

    /// <summary>The reasons after which the original keeps a session, too: those that nobody wanted.</summary>
    public static bool IsRecoverable(DisconnectReason reason) =>
        reason is not (DisconnectReason.ClientNamespaceDisconnect
            or DisconnectReason.ServerNamespaceDisconnect
            or DisconnectReason.ParseError);

    private bool IsExpired(Session session) =>
        session.AwayNode is not null && clock.Now - session.AwaySince > options.MaxDisconnectionDuration.TotalMilliseconds;

    private bool IsFought(Session session)
    {
        var (since, count) = session.Takeovers;
        if (count == 0 || clock.Now - since > TakeoverWindow.TotalMilliseconds) (since, count) = (clock.Now, 0);
        session.Takeovers = (since, count + 1);
        return count >= MaxTakeovers;
    }

    private void GoAway(Session session)
    {
        session.AwaySince = clock.Now;
        _away.Add(session);
        journal.WriteAway(session);
        EndSurplus();
    }

    private void EndSurplus()
    {
        while (_away.IsOverLimit) End(_away.Longest!);
    }

    private void End(Session session)
    {
        _away.Remove(session);
        Unload(session);
        journal.WriteEnd(session);
    }
}
