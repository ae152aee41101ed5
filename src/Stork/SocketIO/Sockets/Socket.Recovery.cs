using System.Collections.Concurrent;
using Stork.EngineIO;
using Stork.Wire;
using Stork.Recovery;

namespace Stork;

// The session behind the socket, which its client gets back when it has lost the connection.
public sealed partial class Socket
{
    private Session? _session;

    /// <summary>
    /// Whether the client came back after it had lost its connection: it has its rooms and <see cref="Data"/> back, has got every event it missed, and
    /// its id is the one it had (unless it had not got any event before). Always false without <see cref="SocketIOOptions.ConnectionStateRecovery"/>.
    /// </summary>
    public bool Recovered { get; private set; }

    /// <summary>Set for a client that takes no part in recovery, though its namespace does.</summary>
    internal bool IsOutsider { get; set; }

    /// <summary>Whether the socket has, or will have, a session.</summary>
    internal bool IsRecoverable => Namespace.Trails is not null && !IsOutsider;

    /// <summary>
    /// Takes the session that the client claims, and its rooms. If that is not possible, the socket is one like any other, with an id of its own.
    /// </summary>
    /// <returns>The claim, if the session is now the socket's to <see cref="OpenAsync"/>.</returns>
    internal async ValueTask<RecoveryClaim?> TakeAsync(RecoveryClaim claim, UInt128 owner)
    {
        var recovery = Server.Recovery!;
        var isTaken = recovery.TryTake(claim, owner, out var former, out var rooms);
        former?.Supersede();
        if (!isTaken)
        {
            if (claim.HasOffset) Id = EngineServer.NewSessionId();
            return null;
        }

        try
        {
            var adapter = Namespace.RequireAdapter();
            var own = adapter.GetRooms(this);
            claim.Rooms = [.. rooms.Where(room => !own.Contains(room))];
            await adapter.AddAsync(this, claim.Rooms);
        }
        catch
        {
            recovery.Abandon(claim);
            throw;
        }

        return claim;
    }

    /// <summary>The socket goes by the id its client knows, from the first middleware on.</summary>
    internal void Assume(RecoveryClaim claim)
    {
        if (claim.HasOffset) Id = claim.Session.SocketId;
    }

    /// <summary>Becomes part of the namespace, with its session. The log's lock is held, so that no event comes in between.</summary>
    /// <param name="session">The session, new or recovered.</param>
    /// <param name="pid">What the client will ask for it with.</param>
    /// <param name="missed">The events that go ahead of the answer to CONNECT; null if the session is new.</param>
    internal void Open(Session session, string pid, IReadOnlyList<LoggedEvent>? missed)
    {
        Recovered = missed is not null;
        lock (_gate)
        {
            _session = session;
            SendConnect(pid, missed ?? []);
            _state = State.Connected;
            Namespace.Add(this);
        }
    }

    /// <summary>An event that was encoded for this socket; listeners are told by the caller.</summary>
    internal ValueTask SendEncoded(EncodedPacket packet) => Connected ? _client.Connection.Send(packet) : ValueTask.CompletedTask;

    private async ValueTask<bool> TryOpenRecoverableAsync(RecoveryClaim? claim, UInt128 owner)
    {
        if (claim is null)
        {
            Server.Recovery!.Open(this, owner);
        }
        else if (!TryResume(claim))
        {
            // Too much has come since, or somebody else was quicker. What was the session's is not this socket's, what its middlewares gave it is.
            foreach (var room in claim.Rooms) await Namespace.RequireAdapter().RemoveAsync(this, room);
            if (claim.HasOffset) Id = EngineServer.NewSessionId();
            return false;
        }

        ShareData();
        if (Recovered) Log.SocketRecovered(Logger, Id, Namespace.Name);
        return true;
    }

    private bool TryResume(RecoveryClaim claim)
    {
        var isResumed = false;
        try
        {
            isResumed = Server.Recovery!.TryResume(claim, this);
        }
        finally
        {
            if (!isResumed) Server.Recovery!.Abandon(claim);
        }

        return isResumed;
    }

    /// <summary>All sockets of a session have the same data. What a middleware has set is newer than what was there before.</summary>
    private void ShareData()
    {
        var session = _session!;
        SessionData? own, common;
        lock (_gate)
        {
            own = _data as SessionData;
            common = session.Data ??= own;
            if (common is not null) _data = common;
        }

        if (common is null) return;
        if (own is not null && own != common)
        {
            foreach (var (name, value) in own) common[name] = value;
        }

        Attach(common, session);
    }

    private IDictionary<string, object?> CreateData()
    {
        lock (_gate)
        {
            if (_data is not null) return _data;
            if (Namespace.Trails is null || IsOutsider) return _data = new ConcurrentDictionary<string, object?>(StringComparer.Ordinal);
            // A recovered session's data may be asked for before the socket has taken them over.
            if (_session?.Data is { } common) return _data = common;
            var data = new SessionData();
            if (_session is { } session)
            {
                session.Data = data;
                Attach(data, session);
            }

            return _data = data;
        }
    }

    private void Attach(SessionData data, Session session)
    {
        var recovery = Server.Recovery!;
        data.Attach((name, value, isPresent) => recovery.OnDataChanged(session, name, value, isPresent));
    }

    private async ValueTask JoinAndRememberAsync(IReadOnlyList<string> rooms)
    {
        var recovery = Server.Recovery!;
        var adapter = Namespace.RequireAdapter();
        // First, so that the session has a right to whatever the socket gets; and again, for a socket that was being connected meanwhile.
        if (_session is { } before) recovery.Join(before, this, rooms);
        try
        {
            await adapter.AddAsync(this, rooms);
        }
        catch
        {
            var joined = adapter.GetRooms(this);
            foreach (var room in rooms)
            {
                if (!joined.Contains(room) && _session is { } session) recovery.Leave(session, this, room);
            }

            throw;
        }

        if (_session is { } after) recovery.Join(after, this, rooms);
    }

    private async ValueTask LeaveAndRememberAsync(string room)
    {
        await Namespace.RequireAdapter().RemoveAsync(this, room);
        if (_session is { } session) Server.Recovery!.Leave(session, this, room);
    }

    /// <summary>The client has come back on another connection while the server still held this one.</summary>
    private void Supersede()
    {
        _client.Connection.Close(DisconnectReason.TransportClose, abort: true, "The client came back on another connection.");
        OnClosed(DisconnectReason.TransportClose);
    }
}
