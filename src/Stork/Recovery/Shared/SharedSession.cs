using System.Diagnostics;
using Stork.SocketIO.Clustering;
using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork.Recovery.Shared;

/// <summary>The part of a socket in its session, which the adapter keeps for all servers: its claim to an earlier one, and what it does
/// with the one it got.</summary>
/// <remarks>The lock of <see cref="SharedSessions"/> guards the rooms and what the client has missed.</remarks>
/// <param name="shared">The sessions of the namespace.</param>
/// <param name="socket">The socket.</param>
/// <param name="found">The session that the client asks for; null if there is none.</param>
/// <param name="offset">The last event that the client says it has; null if it has got none.</param>
[DebuggerDisplay("{Socket.Id} in {Socket.Namespace.Name}, claiming: {IsClaiming}")]
internal sealed class SharedSession(SharedSessions shared, Socket socket, ClusterSession? found, EventOffset? offset)
    : ISocketSession, IEventLog
{
    private readonly string _owner = PendingRequests.NewId();
    private ClusterSession? _claim = found;
    private string? _identity;
    private WatchedData? _data;
    private SessionKeeper? _keeper;

    /// <summary>What came while the client's missed events are read.</summary>
    private MissedEvents? _live;

    /// <summary>Rooms of the claimed session that the socket was not in by itself.</summary>
    private string[] _claimedRooms = [];

    public bool IsRecoverable => true;

    public bool IsClaiming => _claim is not null;

    public bool SkipsMiddlewares => IsClaiming && shared.Common.SkipsMiddlewares;

    public Socket Socket => socket;

    /// <summary>Who has the session: this socket and no other.</summary>
    public string Owner => _owner;

    /// <summary>What the client asks for the session with; null until the socket is open.</summary>
    public string? Pid { get; private set; }

    /// <summary>The last event before the session began.</summary>
    public EventOffset Start { get; private set; }

    public string? Identity => _identity;

    public SharedRooms Rooms { get; private set; } = new();

    public IDictionary<string, object?> Data => CreateData();

    public async ValueTask IdentifyAsync()
    {
        var owner = await shared.Common.FindOwnerAsync(socket);
        _identity = owner == UInt128.Zero ? "" : owner.ToString("x32", null);
    }

    public ValueTask<IDisposable?> WaitForSlotAsync() => shared.Common.WaitForSlotAsync();

    public async ValueTask<bool> TryTakeAsync()
    {
        if (await FindTakenAsync(_claim!) is not { } taken)
        {
            GiveUp();
            return false;
        }

        _claim = taken;
        Supersede(taken.SocketId);
        try
        {
            var adapter = socket.Namespace.RequireAdapter();
            var own = adapter.GetRooms(socket);
            var rooms = taken.Rooms.Where(static room => room.Left is null).Select(static room => room.Room);
            _claimedRooms = [.. rooms.Where(room => !own.Contains(room))];
            await adapter.AddAsync(socket, _claimedRooms);
        }
        catch
        {
            Abandon();
            throw;
        }

        return true;
    }

    public async ValueTask<bool> TryOpenAsync(Socket opened)
    {
        if (_claim is not { } claim)
        {
            Open(SessionKey.NewPid(), session: null, missed: null);
        }
        else if (!await TryReturnAsync(claim))
        {
            // Something is not kept any more, or it is too much. What was the session's is not this socket's,
            // what its middlewares gave it is.
            foreach (var room in _claimedRooms) await socket.Namespace.RequireAdapter().RemoveAsync(socket, room);
            shared.Observe(shared.Store.EndAsync(claim));
            GiveUp();
            return false;
        }

        if (socket.Recovered) Log.SocketRecovered(socket.Server.Logger, socket.Id, socket.Namespace.Name);
        return true;
    }

    public void Abandon()
    {
        if (_keeper is not null || _claim is not { } claim || claim.Owner != _owner) return;
        _claim = null;
        shared.Observe(shared.Store.ReleaseAsync(claim, shared.Common.MaxDisconnectionDuration));
    }

    public void OnClosed(DisconnectReason reason)
    {
        if (_keeper is not { } keeper) return;
        if (SessionTable.IsRecoverable(reason)) keeper.Release(shared.Common.MaxDisconnectionDuration);
        else keeper.End();
    }

    /// <summary>Another socket has the session by now, here or on another server.</summary>
    public void Lose()
    {
        _keeper?.Lose();
        socket.Lifetime.Supersede();
    }

    public async ValueTask JoinAsync(Socket joining, IReadOnlyList<string> rooms)
    {
        EventOffset position;
        lock (shared.Gate) position = shared.Position;
        await socket.Namespace.RequireAdapter().AddAsync(socket, rooms);
        var isChanged = false;
        lock (shared.Gate)
        {
            foreach (var room in rooms) isChanged |= room != socket.Id && Rooms.Join(room, position);
        }

        if (isChanged) _keeper?.Save();
    }

    public async ValueTask LeaveAsync(Socket leaving, string room)
    {
        // What was sent to the room before is on its way by the bus.
        await shared.FlushAsync();
        await socket.Namespace.RequireAdapter().RemoveAsync(socket, room);
        bool isChanged;
        lock (shared.Gate) isChanged = Rooms.Leave(room, shared.Position);
        if (isChanged) _keeper?.Save();
    }

    public ValueTask FlushAsync() => shared.FlushAsync();

    public IDictionary<string, object?> CreateData() =>
        _data ?? Interlocked.CompareExchange(ref _data, new WatchedData(() => _keeper?.Save()), null) ?? _data;

    public ValueTask Emit(PacketBuilder packet, PacketFlags flags)
    {
        if (flags.HasFlag(PacketFlags.Volatile)) return EmitUnkept(packet, flags);
        if (_keeper is { HasEnded: true }) return ValueTask.CompletedTask;
        var options = new BroadcastOptions { Rooms = [socket.Id], Compress = !flags.HasFlag(PacketFlags.NoCompression) };
        return shared.PublishAsync(packet, options);
    }

    public ValueTask EmitUnkept(PacketBuilder packet, PacketFlags flags)
    {
        EncodedPacket encoded;
        ValueTask sending;
        lock (shared.Gate)
        {
            encoded = shared.Encode(packet, offset: null, flags);
            sending = socket.Output.SendEncoded(encoded);
        }

        socket.Listeners.NotifyOutgoing(encoded);
        return sending;
    }

    /// <summary>An event has come while the client's missed ones are read. The caller holds the lock.</summary>
    public void Offer(EventOffset place, BroadcastOptions options, EncodedPacket packet)
    {
        if (IsMeant(place, options)) _live!.Add(packet);
    }

    /// <summary>Reads what the client has missed, and opens the socket behind it.</summary>
    private async ValueTask<bool> TryReturnAsync(ClusterSession claim)
    {
        var missed = new MissedEvents(shared.Common.Options);
        EventOffset upTo;
        lock (shared.Gate)
        {
            Rooms = SharedRooms.Of(claim);
            // Those that the middlewares gave it.
            JoinPresent();
            _live = new MissedEvents(shared.Common.Options);
            upTo = shared.Position;
            shared.AddReturning(this);
        }

        try
        {
            var after = offset is { } last && last.IsBehind(claim.Start) ? last : claim.Start;
            if (Rooms.CompleteFrom.IsBehind(after)) return false;
            var isComplete = await ReadMissedAsync(missed, after, upTo);
            return isComplete && Open(claim.Pid, claim, missed);
        }
        finally
        {
            shared.RemoveReturning(this);
        }
    }

    private async ValueTask<bool> ReadMissedAsync(MissedEvents missed, EventOffset after, EventOffset upTo)
    {
        try
        {
            return await shared.Store.ReadAsync(after, upTo, Take, socket.Disconnected);
        }
        catch (Exception exception)
        {
            shared.Report(exception);
            return false;
        }

        bool Take(EventOffset place, ClusterBroadcast broadcast)
        {
            if (!broadcast.Options.Volatile && IsMeant(place, broadcast.Options) && Encode(place, broadcast) is { } packet)
                missed.Add(packet);
            return !missed.IsTooMuch;
        }
    }

    /// <summary>The answer to CONNECT, behind what the client has missed. From here on the socket gets events as they come.</summary>
    /// <param name="pid">What the client asks for the session with.</param>
    /// <param name="session">The session that was taken; null for a new one.</param>
    /// <param name="missed">The events that the client has missed; null for a new session.</param>
    /// <returns>False if too much has come meanwhile.</returns>
    private bool Open(string pid, ClusterSession? session, MissedEvents? missed)
    {
        var keeper = new SessionKeeper(shared, this);
        var batch = OutputBatch.Enter();
        try
        {
            lock (shared.Gate)
            {
                if (missed is not null)
                {
                    foreach (var packet in _live!.Packets) missed.Add(packet);
                    if (missed.IsTooMuch) return false;
                }

                JoinPresent();
                if (session is not null) SharedData.Restore(session.Data, (WatchedData)CreateData(), socket.Server.Serializer);
                (Pid, Start, _keeper) = (pid, session?.Start ?? shared.Position, keeper);
                socket.Lifetime.Open(this, pid, missed?.Packets);
            }
        }
        finally
        {
            batch.Exit();
        }

        keeper.Begin();
        return true;
    }

    private async ValueTask<ClusterSession?> FindTakenAsync(ClusterSession claim)
    {
        // A session that was written by another implementation says nothing of whose it is.
        if (claim.Identity is { } identity && identity != _identity) return null;
        try
        {
            if (offset is { } last && !await shared.Store.WaitForAsync(last, socket.Disconnected)) return null;
            return await shared.Store.TakeAsync(claim, _owner, shared.Common.Retention);
        }
        catch (Exception exception)
        {
            shared.Report(exception);
            return null;
        }
    }

    /// <summary>The server has not noticed yet that its client is gone.</summary>
    private void Supersede(string socketId)
    {
        if (!socket.Namespace.TryGetSocket(socketId, out var former) || former == socket) return;
        if (former.Session is SharedSession session) session.Lose();
    }

    private void JoinPresent()
    {
        foreach (var room in socket.Namespace.RequireAdapter().GetRooms(socket))
            if (room != socket.Id) Rooms.Join(room, shared.Position);
    }

    private bool IsMeant(EventOffset place, BroadcastOptions options)
    {
        if (options.Rooms.Count > 0 && !options.Rooms.Any(room => WasIn(room, place))) return false;
        return !options.Except.Any(room => WasIn(room, place));
    }

    private bool WasIn(string room, EventOffset place) =>
        room == socket.Id || room == _claim!.SocketId || Rooms.WasIn(room, place);

    private EncodedPacket? Encode(EventOffset place, ClusterBroadcast broadcast)
    {
        PacketBuilder packet;
        try
        {
            packet = socket.Namespace.Rebuild(broadcast.Event);
        }
        catch (FormatException)
        {
            // Nobody has got it.
            return null;
        }

        try
        {
            return shared.Encode(packet, place, Namespace.Flags(broadcast.Options));
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>The socket is one like any other: with an id that its client did not have before.</summary>
    private void GiveUp()
    {
        if (offset is not null) socket.ChangeId(null);
        _claim = null;
        Rooms = new SharedRooms();
    }
}
