using Stork.Timing;

namespace Stork.SocketIO.Acks;

/// <summary>The answers that the client of one socket owes. Ids are numbered by the server over all sockets and stay within 31 bits, as
/// Java, C++ and C# clients read them.</summary>
internal sealed class AckTable(Socket socket)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, PendingAck> _pending = [];
    private bool _isClosed;

    /// <summary>True once the socket is gone.</summary>
    private bool IsClosed
    {
        get
        {
            lock (_gate) return _isClosed;
        }
    }

    /// <summary>True while answers are owed.</summary>
    public bool HasPending
    {
        get
        {
            lock (_gate) return _pending.Count > 0;
        }
    }

    /// <summary>True while an answer is owed for which somebody waits without a time limit.</summary>
    public bool HasUnlimited
    {
        get
        {
            lock (_gate) return _pending.Values.Any(static pending => pending.IsUnlimited);
        }
    }

    private TimerWheel Wheel => socket.Server.Engine.Wheel;

    private int Limit => socket.Server.Options.MaxPendingAcks;

    /// <summary>Begins to wait for the answer to an event that is about to be sent. Has failed already if the socket is gone.</summary>
    /// <exception cref="InvalidOperationException">The client owes too many answers.</exception>
    public PendingReply<TReply> Await<TReply>(TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var pending = new PendingReply<TReply>(this, timeout)
        {
            Id = socket.Server.NextAckId(),
            IsCancellable = cancellationToken.CanBeCanceled && !socket.Lifetime.IsOwnToken(cancellationToken),
        };
        if (!socket.Connected)
        {
            pending.Fail(new SocketDisconnectedException());
        }
        else if (TryAdd(pending, timeout))
        {
            pending.CancelWith(cancellationToken);
            socket.Client.ReviewCapacity();
        }
        else if (IsClosed)
        {
            pending.Fail(new SocketDisconnectedException());
        }
        else
        {
            throw new InvalidOperationException($"The client owes {Limit} acknowledgements, the limit set by MaxPendingAcks.");
        }

        return pending;
    }

    /// <summary>The client is about to be asked by a broadcast; false once the socket is gone, or while it owes too many answers.</summary>
    public bool TryAddShare(IBroadcastAcknowledgements acknowledgements) => TryAdd(new BroadcastShare(acknowledgements), timeout: null);

    /// <summary>The client has answered; false if that is not an answer to anything here: late, repeated and invented ids.</summary>
    public bool TryComplete(in Packet packet)
    {
        if (Remove(packet.AckId) is not { } pending) return false;
        pending.Complete(new EventArguments(packet.Payload.ToArray(), skipped: 0, packet.Attachments, socket.Server.Serializer));
        return true;
    }

    /// <summary>Adds an entry; false once the socket is gone, or while its client owes too many answers.</summary>
    private bool TryAdd(PendingAck pending, TimeSpan? timeout)
    {
        PendingAck? overtaken;
        lock (_gate)
        {
            if (_isClosed || _pending.Count >= Limit) return false;
            _pending.Remove(pending.Id, out overtaken);
            _pending.Add(pending.Id, pending);
        }

        if (overtaken is not null)
        {
            // The numbers have gone round once: nobody can tell the answers apart any more.
            Wheel.Cancel(overtaken);
            overtaken.Fail(new InvalidOperationException("Two billion acknowledgements later the client has still not answered."));
        }

        if (timeout is { } delay) Wheel.Schedule(pending, delay);
        return true;
    }

    /// <summary>Takes an entry out; null if it was answered, timed out or never existed.</summary>
    public PendingAck? Remove(long id)
    {
        PendingAck? pending;
        lock (_gate)
        {
            if (id is < 0 or > int.MaxValue || !_pending.Remove((int)id, out pending)) return null;
        }

        Wheel.Cancel(pending);
        return pending;
    }

    /// <summary>The socket is gone: whoever waits learns of it, and nothing is added any more.</summary>
    public void Close()
    {
        PendingAck[] all;
        lock (_gate)
        {
            _isClosed = true;
            all = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var pending in all) Wheel.Cancel(pending);
        foreach (var pending in all) pending.Fail(new SocketDisconnectedException());
    }
}
