using Stork.Wire;

namespace Stork.SocketIO.Sockets;

/// <summary>What is sent to one socket's client. Nothing but a view of the socket: it is made where it is used.</summary>
internal readonly struct SocketOutput(Socket socket)
{
    /// <summary>Sends an event and waits for the answer.</summary>
    public Task<TReply?> EmitWithAck<TReply>(
        string name, ArgumentList arguments, PacketFlags flags, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        Emitter.CheckName(name);
        var packet = BuildArray(name, arguments);
        try
        {
            var pending = socket.Acks.Await<TReply>(timeout, cancellationToken);
            if (!pending.Task.IsCompleted) _ = Emit(packet, name, flags, pending.Id);
            return pending.Task;
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>Sends an event; without acknowledgement, and with a session behind the socket, now or when the client is back.</summary>
    public ValueTask Emit(PacketBuilder packet, string name, PacketFlags flags, long ackId)
    {
        // Also after the disconnect: the client may come back for it.
        if (ackId < 0 && socket.Lifetime.EventLog is { } log) return log.Emit(packet, flags);
        return socket.Connected ? SendEvent(packet, name, flags, ackId) : ValueTask.CompletedTask;
    }

    /// <summary>
    /// Sends an event that a feature of the socket keeps by itself until it has arrived, so that the session does not. The socket is
    /// connected, and the packet's array complete.
    /// </summary>
    /// <param name="packet">The event.</param>
    /// <param name="name">Its name, as far as it is known, for the listeners of outgoing events.</param>
    /// <param name="ackId">What the client acknowledges it with, to <see cref="ISocketFeature.TryAcknowledge"/>; -1 if it is not
    /// to.</param>
    public void SendUnkept(PacketBuilder packet, string? name, long ackId)
    {
        if (ackId < 0 && socket.Lifetime.EventLog is { } log) _ = log.EmitUnkept(packet, PacketFlags.None);
        else _ = SendEvent(packet, name, PacketFlags.None, ackId);
    }

    /// <summary>Sends an event, whether or not there is a session behind the socket. It is connected, and the packet's array
    /// complete.</summary>
    public ValueTask SendEvent(PacketBuilder packet, string? name, PacketFlags flags, long ackId)
    {
        packet.Finish(PacketType.Event, socket.Namespace.Utf8Name, ackId);
        if (socket.Listeners.HasOutgoing) socket.Listeners.NotifyOutgoing(packet.ToPacket(PacketFlags.None), name);
        return socket.Connection.Send(packet, flags);
    }

    /// <summary>Sends a broadcast; false if the client has gone.</summary>
    public bool TrySend(EncodedPacket packet)
    {
        if (socket.PlainOutput is { } connection)
        {
            _ = connection.Send(packet.WithoutOffset ?? packet);
            return true;
        }

        if (!socket.Connected) return false;
        if (socket.Lifetime.EventLog is null) packet = packet.WithoutOffset ?? packet;
        if (socket.Listeners.HasOutgoing) socket.Namespace.Sessions.NotifyOutgoing(socket, packet);
        _ = socket.Connection.Send(packet);
        return true;
    }

    /// <summary>Sends a broadcast that wants an answer; false if the client was not asked, as it has gone.</summary>
    public bool TrySend(EncodedPacket packet, IBroadcastAcknowledgements acknowledgements)
    {
        // A client that owes too many answers gets the event, but what it says no longer counts; the others are asked all the same.
        var isOwed = socket.Acks.TryAddShare(acknowledgements);
        if (TrySend(packet))
        {
            if (isOwed) socket.Client.ReviewCapacity();
            return true;
        }

        _ = socket.Acks.Remove(acknowledgements.Id);
        return false;
    }

    /// <summary>Sends an event that was encoded for this socket; listeners are called by whoever asks.</summary>
    public ValueTask SendEncoded(EncodedPacket packet) => socket.Connected ? socket.Connection.Send(packet) : ValueTask.CompletedTask;

    /// <summary>Answers an event of the client.</summary>
    public ValueTask SendAck<TArguments>(long id, TArguments arguments)
        where TArguments : IEventArguments
    {
        if (!socket.Connected) return ValueTask.CompletedTask;
        var packet = BuildArray(name: null, arguments);
        try
        {
            packet.Finish(PacketType.Ack, socket.Namespace.Utf8Name, id);
            return socket.Connection.Send(packet, PacketFlags.None);
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>Answers the client's CONNECT.</summary>
    /// <param name="pid">What it will ask for its session with; null if it has none.</param>
    /// <param name="missed">What it has missed of its session.</param>
    public void SendConnect(string? pid, IReadOnlyList<EncodedPacket> missed)
    {
        var packet = StartPacket();
        try
        {
            packet.Json.WriteStartObject();
            packet.Json.WriteString("sid"u8, socket.Id);
            if (pid is not null) packet.Json.WriteString("pid"u8, pid);
            packet.Json.WriteEndObject();
            packet.Finish(PacketType.Connect, socket.Namespace.Utf8Name, ackId: -1);
            // Official clients hold events that come ahead of CONNECT, and do not count them yet as received. In one piece, so that a poll
            // carries all or nothing: with a loss between them, the client would keep the events and get them once more.
            lock (socket.Connection.Gate)
            {
                foreach (var earlier in missed) _ = socket.Connection.Send(earlier);
                _ = socket.Connection.Send(packet, PacketFlags.None);
            }
        }
        finally
        {
            packet.Release();
        }
    }

    public void SendDisconnect()
    {
        var packet = StartPacket();
        packet.Finish(PacketType.Disconnect, socket.Namespace.Utf8Name, ackId: -1);
        _ = socket.Connection.Send(packet, PacketFlags.None);
        packet.Release();
    }

    /// <summary>A packet to this socket, which the caller finishes and releases.</summary>
    public PacketBuilder StartPacket() => PacketBuilder.Start(socket.Namespace.Utf8Name.Length, socket.Server.Serializer.Options);

    private PacketBuilder BuildArray<TArguments>(string? name, TArguments arguments)
        where TArguments : IEventArguments =>
        Emitter.BuildArray(socket.Server.Serializer, socket.Namespace.Utf8Name.Length, name, arguments);
}
