using Stork.Wire;

namespace Stork.Recovery;

/// <summary>
/// Events on their way out: numbered, kept and put into the output of every connection concerned, in one go under the log's lock.
/// </summary>
internal sealed class EventSender(RecoveryState state)
{
    private readonly Lock _gate = state.Gate;

    /// <summary>Whose listeners have to be called once the broadcast has been sent. The lock guards it.</summary>
    private List<(Socket Socket, EncodedPacket Packet)>? _notifications;

    /// <summary>While this thread is sending a broadcast, which is under the lock, listeners have to wait until it has been sent.</summary>
    public void NotifyOutgoing(Socket socket, EncodedPacket packet)
    {
        if (_gate.IsHeldByCurrentThread) (_notifications ??= []).Add((socket, packet));
        else socket.Listeners.NotifyOutgoing(packet);
    }

    /// <summary>Sends an event without acknowledgement to one client, now or when it is back.</summary>
    public ValueTask Emit(Session session, PacketBuilder packet, PacketFlags flags)
    {
        if (flags.HasFlag(PacketFlags.Volatile)) return EmitUnkept(session, packet, flags);
        EncodedPacket encoded;
        ISessionHolder? holder;
        var sending = ValueTask.CompletedTask;
        var batch = OutputBatch.Enter();
        try
        {
            lock (_gate)
            {
                if (session.IsOver || state.IsClosed) return sending;
                encoded = Number(packet, session.Namespace, flags);
                state.Keep(new LoggedEvent(state.History.Last, state.Clock.Now, session.Namespace, encoded, [session.Own], []));
                holder = session.Holder;
                if (holder is not null) sending = holder.Send(encoded);
            }
        }
        finally
        {
            batch.Exit();
        }

        holder?.NotifyOutgoing(encoded);
        return sending;
    }

    /// <summary>
    /// Sends an event that is not kept here: a volatile one, or one of an inbox. A client takes the last argument of any event for an
    /// offset if it is a string; where that would be a misunderstanding, the event says how far the log is.
    /// </summary>
    public ValueTask EmitUnkept(Session session, PacketBuilder packet, PacketFlags flags)
    {
        EncodedPacket encoded;
        ISessionHolder? holder;
        var sending = ValueTask.CompletedTask;
        var batch = OutputBatch.Enter();
        try
        {
            lock (_gate)
            {
                holder = session.Holder;
                if (holder is null) return sending;
                encoded = packet.EndsWithString
                    ? Encode(packet, session.Namespace, flags, state.History.Last)
                    : Encode(packet, session.Namespace, flags);
                sending = holder.Send(encoded);
            }
        }
        finally
        {
            batch.Exit();
        }

        holder.NotifyOutgoing(encoded);
        return sending;
    }

    /// <summary>Sends an event without acknowledgement to many clients, now or when they are back.</summary>
    public ValueTask Broadcast(Namespace nsp, NamespaceTrails trails, PacketBuilder packet, BroadcastOptions options, PacketFlags flags)
    {
        if (options.Volatile && !packet.EndsWithString) return Send(nsp, Encode(packet, trails, flags), options);
        ValueTask sending;
        List<(Socket Socket, EncodedPacket Packet)>? notifications;
        var batch = OutputBatch.Enter();
        try
        {
            lock (_gate)
            {
                var plain = trails.Outsiders > 0 ? Encode(packet, trails, flags) : null;
                var encoded = options.Volatile ? Encode(packet, trails, flags, state.History.Last) : Number(packet, trails, flags);
                encoded.WithoutOffset = plain;
                if (!options.Volatile && !state.IsClosed) KeepBroadcast(trails, encoded, options);
                sending = Send(nsp, encoded, options);
                (notifications, _notifications) = (_notifications, null);
            }
        }
        finally
        {
            batch.Exit();
        }

        if (notifications is null) return sending;
        foreach (var (socket, sent) in notifications) socket.Listeners.NotifyOutgoing(sent);
        return sending;
    }

    private static ValueTask Send(Namespace nsp, EncodedPacket encoded, BroadcastOptions options) =>
        nsp.RequireAdapter().BroadcastAsync(new BroadcastPacket(encoded), options);

    private static EncodedPacket Encode(PacketBuilder packet, NamespaceTrails trails, PacketFlags flags)
    {
        packet.SetTrailer([]);
        packet.Finish(PacketType.Event, trails.Utf8Name, ackId: -1);
        return packet.ToPacket(flags);
    }

    private EncodedPacket Encode(PacketBuilder packet, NamespaceTrails trails, PacketFlags flags, long sequence)
    {
        Span<byte> offset = stackalloc byte[OffsetCodec.Length];
        state.History.Offsets.Format(sequence, offset);
        packet.SetTrailer(offset);
        packet.Finish(PacketType.Event, trails.Utf8Name, ackId: -1);
        return packet.ToPacket(flags);
    }

    /// <summary>A new event as it is sent, with its own number. The caller holds the lock.</summary>
    public EncodedPacket Number(PacketBuilder packet, NamespaceTrails trails, PacketFlags flags) =>
        Encode(packet, trails, flags, state.History.Next());

    /// <summary>Keeps the event that was numbered last, if somebody could ask for it. The caller holds the lock.</summary>
    public void KeepBroadcast(NamespaceTrails trails, EncodedPacket encoded, BroadcastOptions options)
    {
        EventTrail[] meant = options.Rooms.Count == 0 ? [trails.Everybody] : trails.Resolve(options.Rooms);
        if (meant.Length == 0 || trails.Sessions.Count == 0) return;
        var except = options.Except.Count == 0 ? [] : trails.Resolve(options.Except);
        state.Keep(new LoggedEvent(state.History.Last, state.Clock.Now, trails, encoded, meant, except));
    }
}
