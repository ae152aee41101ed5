using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork.Recovery.Shared;

/// <summary>
/// A namespace whose sessions and events are kept by its adapter, for all servers: what a client has missed is asked from the bus, on
/// whatever server it comes back to.
/// </summary>
/// <remarks>
/// <para>The bus gives all events of all servers one order, and their place in it is what clients know as the offset. So this server's own
/// events, too, go to its sockets when the bus brings them back, and on every connection the offsets only rise: whoever has seen an offset
/// has seen everything before it that was meant for it.</para>
/// <para>Under the lock a delivery is whole, or has not begun: a socket that is opened gets the events behind the position it finds, and
/// what came before is read from the bus. No code of the application runs under it, but for adapters.</para>
/// </remarks>
internal sealed class SharedSessions(Namespace nsp, ClusterAdapter adapter, IClusterSessionStore store, RecoveryLog log)
    : ISharedSessions
{
    private static readonly TimeSpan ReportPause = TimeSpan.FromMinutes(1);

    private readonly List<SharedSession> _returning = [];

    /// <summary>Whose listeners have to be called once the event has been sent. The lock guards it.</summary>
    private List<(Socket Socket, EncodedPacket Packet)>? _notifications;

    private int _outsiders;
    private long? _lastReport;

    public Lock Gate { get; } = new();

    public Namespace Namespace => nsp;

    public IClusterSessionStore Store => store;

    /// <summary>What is common to all ways to recover: who takes part, and whose a session is.</summary>
    public RecoveryLog Common => log;

    /// <summary>Up to here all events were delivered on this server. The lock guards it.</summary>
    public EventOffset Position { get; private set; }

    public bool TryDetach() => true;

    public async ValueTask<ISocketSession> BeginAsync(Socket socket, ReadOnlyMemory<byte> auth)
    {
        if (!log.AppliesTo(socket.Handshake)) return new Outsider(CountOutsider);
        if (RecoveryRequest.FindShared(auth.Span) is not { } request) return new SharedSession(this, socket, null, null);
        var offset = request.Offset is { } text && EventOffset.TryParse(text, out var parsed) ? parsed : default(EventOffset?);
        var isPlausible = request.Offset is null || offset is not null;
        var found = isPlausible ? await FindAsync(request.Pid) : null;
        // The session's own id, from the first middleware on, as its client knows it.
        if (found is not null && offset is not null) socket.ChangeId(found.SocketId);
        return new SharedSession(this, socket, found, offset);
    }

    /// <summary>An event of this server. Where it is for all servers, the bus brings it back.</summary>
    public ValueTask Broadcast(Namespace broadcasting, PacketBuilder packet, BroadcastOptions options, PacketFlags flags)
    {
        if (!options.Local) return PublishAsync(packet, options);
        Deliver(packet, options, offset: null);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends an event to all servers, this one included.</summary>
    public ValueTask PublishAsync(PacketBuilder packet, BroadcastOptions options)
    {
        // The builder may bear the offset of another namespace.
        packet.SetTrailer([]);
        return adapter.PublishEventAsync(JsonPayload.From(packet), options);
    }

    /// <summary>Completes when the events that this thread has sent are delivered here.</summary>
    public ValueTask FlushAsync() => ClusterAdapter.IsApplying ? ValueTask.CompletedTask : adapter.FlushAsync();

    public void Deliver(JsonPayload @event, BroadcastOptions options, EventOffset? offset)
    {
        var packet = nsp.Rebuild(@event);
        try
        {
            Deliver(packet, options, offset);
        }
        finally
        {
            packet.Release();
        }
    }

    public void Advance(EventOffset offset)
    {
        lock (Gate)
        {
            if (offset.IsBehind(Position)) Position = offset;
        }
    }

    /// <summary>A socket is about to be opened with its session: events behind the position it finds are handed to it, too. The caller
    /// holds the lock.</summary>
    public void AddReturning(SharedSession session) => _returning.Add(session);

    public void RemoveReturning(SharedSession session)
    {
        lock (Gate) _returning.Remove(session);
    }

    /// <summary>An event as it is sent. The caller holds the lock.</summary>
    /// <param name="packet">The event.</param>
    /// <param name="offset">What it ends with; null for nothing, unless a client would take its own last argument for an offset.</param>
    /// <param name="flags">What may happen to it on its way.</param>
    public EncodedPacket Encode(PacketBuilder packet, EventOffset? offset, PacketFlags flags)
    {
        packet.SetTrailer([]);
        if (offset is null && packet.EndsWithString) offset = Position;
        Span<byte> text = stackalloc byte[EventOffset.MaxLength];
        if (offset is { } at) packet.SetTrailer(text[..at.Format(text)]);
        return Finish(packet, flags);
    }

    /// <summary>Looks to the end of something that nobody waits for.</summary>
    public void Observe(ValueTask work) => _ = ObserveAsync(work);

    /// <summary>Logs that sessions cannot be saved or had, once a minute: in an outage that is so for all.</summary>
    public void Report(Exception exception)
    {
        var time = nsp.Server.Engine.Time;
        lock (Gate)
        {
            if (_lastReport is { } last && time.GetElapsedTime(last) < ReportPause) return;
            _lastReport = time.GetTimestamp();
        }

        Log.SharedSessionNotHad(nsp.Server.Logger, exception, nsp.Name);
    }

    // While an event is delivered, which is under the lock, listeners have to wait: they are the application's, and may emit.
    public void NotifyOutgoing(Socket socket, EncodedPacket packet)
    {
        if (Gate.IsHeldByCurrentThread) (_notifications ??= []).Add((socket, packet));
        else socket.Listeners.NotifyOutgoing(packet);
    }

    private void Deliver(PacketBuilder packet, BroadcastOptions options, EventOffset? offset)
    {
        var flags = Namespace.Flags(options);
        List<(Socket Socket, EncodedPacket Packet)>? notifications;
        var batch = OutputBatch.Enter();
        try
        {
            lock (Gate)
            {
                if (offset is { } at && at.IsBehind(Position)) Position = at;
                var kept = options.Volatile ? null : offset;
                var plain = _outsiders > 0 ? Encode(packet, flags) : null;
                var encoded = Encode(packet, kept, flags);
                encoded.WithoutOffset = plain;
                // In memory from here on: the adapter has told the others, or they have told it.
                _ = adapter.BroadcastAsync(new BroadcastPacket(encoded), options with { Local = true });
                if (kept is { } place) foreach (var session in _returning) session.Offer(place, options, encoded);
                (notifications, _notifications) = (_notifications, null);
            }
        }
        finally
        {
            batch.Exit();
        }

        if (notifications is null) return;
        foreach (var (socket, sent) in notifications) socket.Listeners.NotifyOutgoing(sent);
    }

    private EncodedPacket Encode(PacketBuilder packet, PacketFlags flags)
    {
        packet.SetTrailer([]);
        return Finish(packet, flags);
    }

    private EncodedPacket Finish(PacketBuilder packet, PacketFlags flags)
    {
        packet.Finish(PacketType.Event, nsp.Utf8Name, ackId: -1);
        return packet.ToPacket(flags);
    }

    private async ValueTask<ClusterSession?> FindAsync(string pid)
    {
        try
        {
            return await store.FindAsync(pid, CancellationToken.None);
        }
        catch (Exception exception)
        {
            Report(exception);
            return null;
        }
    }

    private async Task ObserveAsync(ValueTask work)
    {
        try
        {
            await work;
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    private void CountOutsider(int change)
    {
        lock (Gate) _outsiders += change;
    }
}
