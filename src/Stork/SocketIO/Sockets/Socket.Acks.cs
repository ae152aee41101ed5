using Stork.SocketIO.Acks;
using Stork.Wire;
using Stork.SocketIO.Rooms;

namespace Stork;

// Answers the client owes.
public sealed partial class Socket
{
    private AckTable? _acks;

    /// <summary>Whether somebody waits for an answer of the client. Those to inbox messages and jobs do not count: nobody waits for them without end.</summary>
    internal bool OwesAcks => _acks is { HasPending: true };

    /// <summary>As <see cref="OwesAcks"/>, with no time after which the wait ends by itself.</summary>
    internal bool OwesUnlimitedAcks => _acks is { HasUnlimited: true };

    private AckTable Acks
    {
        get
        {
            if (_acks is { } known) return known;
            var made = new AckTable(_client.Connection.Server.Wheel, Server.Options.MaxPendingAcks);
            return Interlocked.CompareExchange(ref _acks, made, null) ?? made;
        }
    }

    internal void OnAcknowledgement(in Packet packet)
    {
        // Late, repeated and invented ids are ignored, as in the original.
        if (_acks?.Remove(packet.AckId) is not { } pending)
        {
            OfferAcknowledgement(packet);
            return;
        }

        pending.Complete(new EventArguments(packet.Payload.ToArray(), skipped: 0, packet.Attachments, Server.Serializer));
    }

    /// <summary>An acknowledgement that answers no emit: the features may know what of.</summary>
    internal void OfferAcknowledgement(in Packet packet)
    {
        foreach (var feature in _features)
        {
            if (feature.TryAcknowledge(packet)) return;
        }
    }

    /// <summary>A broadcast that wants an answer reaches this socket; false if the client was not asked, as it has gone.</summary>
    internal bool SendWithAck(EncodedPacket packet, IBroadcastAcknowledgements acknowledgements)
    {
        var pending = new BroadcastShare(acknowledgements) { Id = (int)acknowledgements.Id };
        // A client that owes too many answers gets the event, but what it says no longer counts; the others are asked all the same.
        var isOwed = Acks.TryAdd(pending, timeout: null);
        if (Send(packet))
        {
            if (isOwed) _client.ReviewCapacity();
            return true;
        }

        ForgetAck(pending.Id);
        return false;
    }

    internal void ForgetAck(long id) => _acks?.Remove(id);

    private PendingReply<TReply> AddPending<TReply>(TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var pending = new PendingReply<TReply>(Acks, timeout)
        {
            Id = Server.NextAckId(),
            IsCancellable = cancellationToken.CanBeCanceled && cancellationToken != _disconnected?.Token,
        };
        if (!Connected) pending.Fail(new SocketDisconnectedException());
        else if (Acks.TryAdd(pending, timeout)) Await(pending, cancellationToken);
        else if (Acks.IsClosed) pending.Fail(new SocketDisconnectedException());
        else throw new InvalidOperationException($"The client owes {Server.Options.MaxPendingAcks} acknowledgements, the limit set by MaxPendingAcks.");
        return pending;
    }

    private void Await<TReply>(PendingReply<TReply> pending, CancellationToken cancellationToken)
    {
        pending.CancelWith(cancellationToken);
        _client.ReviewCapacity();
    }

    private void FailAcknowledgements()
    {
        foreach (var pending in Acks.Close()) pending.Fail(new SocketDisconnectedException());
    }

    /// <summary>One client's share of a broadcast: what it owes to the common collection.</summary>
    private sealed class BroadcastShare(IBroadcastAcknowledgements acknowledgements) : PendingAck
    {
        public override bool IsUnlimited => false;

        public override void Complete(EventArguments answer) => acknowledgements.Add(answer);

        // The broadcast's own timeout speaks for clients that left.
        public override void Fail(Exception exception)
        {
        }

        internal override void OnDue()
        {
        }
    }
}
