using System.Diagnostics;
using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.Consumers;

/// <summary>
/// One inbox or work queue of one socket. The store's thread brings messages, a thread of the pool sends them, in a round with those of
/// other sockets: all that came meanwhile leaves in one flush. Idle, it is nothing but this object.
/// </summary>
[DebuggerDisplay("{Source}, owner {Owner}, arrived {_arrived?.Count ?? 0}, suspended {_isSuspended}, end {_end}")]
internal sealed class SocketConsumer : IThreadPoolWorkItem, IDeliveryReceiver
{
    /// <summary>Bytes a client may have unacknowledged; a single message may be larger. So much, at most, waits for a slow reader in
    /// memory.</summary>
    public const int MaxInFlightBytes = 1 << 20;

    /// <summary>With more than this waiting for the client, the store is told to stand still until all of it is gone.</summary>
    private const int SoftOutputLimit = 64 * 1024;

    private const int SmallList = 8;

    private readonly SocketConsumers _consumers;
    private readonly bool _canReturn;
    private readonly Lock _gate = new();

    // Deliveries in their order; null stands for "nothing more waits".
    private List<Delivery?>? _arrived;

    // For the next ones, unless it has grown.
    private List<Delivery?>? _spare;
    private List<int>? _sent;
    private QueueSubscription? _subscription;
    private int _backlog;
    private bool _isScheduled;
    private bool _isSynced;
    private bool _isSuspended;
    private ConsumerEnd? _end;

    // Of the end, what is asked without the lock.
    private bool _hasEnded;

    /// <param name="consumers">All of the socket's.</param>
    /// <param name="source">Where messages come from.</param>
    /// <param name="owner">Who may settle what is delivered here.</param>
    /// <param name="canReturn">Whether that owner is recognised on another connection.</param>
    public SocketConsumer(SocketConsumers consumers, DeliverySource source, string owner, bool canReturn)
    {
        _consumers = consumers;
        _canReturn = canReturn;
        Source = source;
        Owner = owner;
    }

    public DeliverySource Source { get; }

    public string Owner { get; }

    private bool IsAsking => Source.AckStyle != AckStyle.OnFlush;

    public async Task OpenAsync(MessageQueue queue, string? device, int outputLimit)
    {
        var options = Source.Describe(Owner, device) with
        {
            MaxInFlightBytes = Math.Clamp(outputLimit / 2, 1, MaxInFlightBytes),
            Liveness = _consumers.Socket.Connection.Heartbeat,
        };
        var subscription = await queue.SubscribeAsync(options, this);
        lock (_gate)
        {
            _subscription = subscription;
            // The first messages come before this: they may have been too many already.
            if (_isSuspended) subscription.Suspend();
            if (_end is null) return;
        }

        await EndAsync(subscription);
    }

    /// <summary>Ends it. What the client has not acknowledged waits for its return, or, if it is not to return, goes back at
    /// once.</summary>
    public async Task CloseAsync(ConsumerEnd end)
    {
        QueueSubscription? subscription;
        lock (_gate)
        {
            if (_end is not null) return;
            _end = end;
            Volatile.Write(ref _hasEnded, true);
            _arrived = null;
            subscription = _subscription;
        }

        // Otherwise it is about to come, and ends then.
        if (subscription is not null) await EndAsync(subscription);
    }

    /// <summary>Everything that was sent has left.</summary>
    public void OnDrained()
    {
        lock (_gate)
        {
            if (!_isSuspended) return;
            _isSuspended = false;
            // Under the lock, as suspending is: the store hears of both in the order they happened.
            _subscription?.Resume();
        }

        SettleSent();
    }

    /// <summary>On the store's thread, as the two that follow.</summary>
    void IDeliveryReceiver.Deliver(Delivery delivery) => Add(delivery);

    void IDeliveryReceiver.CaughtUp()
    {
        if (Source.SyncedEvent is not null) Add(null);
    }

    void IDeliveryReceiver.EndTurn()
    {
        lock (_gate)
        {
            if (_isScheduled || _arrived is null) return;
            _isScheduled = true;
        }

        // Listeners of outgoing events are code of the application, which may keep the thread: nobody else waits for them.
        var socket = _consumers.Socket;
        if (socket.Listeners.HasOutgoing) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else socket.Server.DeliveryRounds.Add(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var batch = OutputBatch.Enter();
        try
        {
            SendArrived();
        }
        finally
        {
            batch.Exit();
        }

        OnFlushed();
    }

    /// <summary>Sends all that has arrived, within the thread's batch. Never throws: others are in it as well.</summary>
    public void SendArrived()
    {
        for (var deliveries = ExchangeArrived(sent: null); deliveries is not null; deliveries = ExchangeArrived(deliveries))
        {
            // What its end finds unsent goes back with all that is unacknowledged.
            if (IsAsking && !_consumers.TryExpect(deliveries, this)) continue;
            foreach (var delivery in deliveries)
            {
                if (delivery is null) SendSynced();
                else Send(delivery);
            }
        }
    }

    /// <summary>What <see cref="SendArrived"/> sent was handed to the connection.</summary>
    public void OnFlushed()
    {
        if (!SuspendIfSlow()) SettleSent();
    }

    private async Task EndAsync(QueueSubscription subscription)
    {
        if (_end == ConsumerEnd.ForGood || (_end == ConsumerEnd.Stopping && !_canReturn))
            await subscription.DisposeAsync();
        else if (_end is ConsumerEnd.LeftByClient or ConsumerEnd.Cut)
            await subscription.LeaveAsync(saidSo: _end == ConsumerEnd.LeftByClient);
        else
            await subscription.DisconnectAsync(isLoss: _end == ConsumerEnd.Lost);
    }

    private void Add(Delivery? delivery)
    {
        lock (_gate)
        {
            if (_end is not null) return;
            if (_arrived is null) (_arrived, _spare) = (_spare ?? [], null);
            _arrived.Add(delivery);
        }
    }

    /// <summary>Gives back a list that is done with, and gets what has arrived meanwhile; null, and the work item is over, if that is
    /// nothing.</summary>
    private List<Delivery?>? ExchangeArrived(List<Delivery?>? sent)
    {
        sent?.Clear();
        lock (_gate)
        {
            if (sent is { Capacity: <= SmallList }) _spare = sent;
            var arrived = _arrived;
            _arrived = null;
            _isScheduled = arrived is not null;
            return arrived;
        }
    }

    private void Send(Delivery delivery)
    {
        try
        {
            if (!_isSynced) _backlog++;
            if (!TrySend(delivery, IsAsking ? delivery.AckId : -1) || IsAsking) return;
            lock (_gate) (_sent ??= []).Add(delivery.AckId);
        }
        catch (InvalidDataException exception)
        {
            Log.InvalidMessage(_consumers.Socket.Server.Logger, exception, Source.ToString(), delivery.Sequence);
            _ = delivery.RejectAsync(ExceptionText.MessageOf(exception));
        }
        catch (Exception exception)
        {
            Log.DeliveryFailed(_consumers.Socket.Server.Logger, exception, Source.ToString(), delivery.Sequence);
            _ = delivery.NackAsync(error: exception.GetType().Name);
        }
    }

    /// <summary>False if the client has gone.</summary>
    private bool TrySend(Delivery delivery, int ackId)
    {
        var socket = _consumers.Socket;
        if (!socket.Connected || Volatile.Read(ref _hasEnded)) return false;
        var packet = socket.Output.StartPacket();
        try
        {
            Source.Write(packet, delivery, socket.Server.Serializer.MaxAttachments);
            socket.Output.SendUnkept(packet, Source.Event, ackId);
            return true;
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>All that waited has been sent.</summary>
    private void SendSynced()
    {
        _isSynced = true;
        var socket = _consumers.Socket;
        if (!socket.Connected) return;
        var packet = socket.Output.StartPacket();
        try
        {
            packet.Json.WriteStartArray();
            packet.Json.WriteStringValue(Source.SyncedEvent);
            packet.Json.WriteStartObject();
            packet.Json.WriteNumber("pending"u8, _backlog);
            packet.Json.WriteEndObject();
            packet.Json.WriteEndArray();
            _ = socket.Output.SendEvent(packet, Source.SyncedEvent!, PacketFlags.None, ackId: -1);
        }
        catch (Exception exception)
        {
            Log.DeliveryFailed(socket.Server.Logger, exception, Source.ToString(), sequence: 0);
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>
    /// A client that reads slowly gets no more until it has read all, and is not blamed for not having answered yet. The connection calls
    /// <see cref="OnDrained"/>.
    /// </summary>
    private bool SuspendIfSlow()
    {
        var connection = _consumers.Socket.Connection;
        var limit = IsAsking ? SoftOutputLimit : 0;
        if (connection.QueuedBytes <= limit) return false;
        lock (_gate)
        {
            // Marked before the connection is asked, as it may be drained the moment it was.
            if (_isSuspended) return true;
            _isSuspended = true;
            _subscription?.Suspend();
        }

        if (!connection.NotifyWhenDrained()) OnDrained();
        return true;
    }

    /// <summary>With <see cref="AckStyle.OnFlush"/>: what was handed to the connection is done, unless it closed before it took
    /// all.</summary>
    private void SettleSent()
    {
        if (IsAsking) return;
        List<int>? sent;
        lock (_gate) (sent, _sent) = (_sent, null);
        if (sent is null || !_consumers.Socket.Connected) return;
        foreach (var ackId in sent) _consumers.Store.Ack(ackId, Owner);
    }
}
