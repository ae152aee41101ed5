using Stork.Wire;
using Stork.Queues;
using Stork.Durable.Inboxes;

namespace Stork.Durable.Consumers;

/// <summary>
/// One inbox of one socket. The store's thread brings messages, a thread of the pool sends them: all that came meanwhile leaves in one flush. Idle, it is
/// nothing but this object.
/// </summary>
internal sealed class InboxSubscription : IThreadPoolWorkItem
{
    /// <summary>Bytes a client may have unacknowledged; a single message may be larger. So much, at most, waits for a slow reader in memory.</summary>
    public const int MaxInFlightBytes = 1 << 20;

    /// <summary>With more than this waiting for the client, the store is told to stand still until all of it is gone.</summary>
    private const int SoftOutputLimit = 64 * 1024;

    private const int SmallList = 8;

    private readonly SocketInboxes _inboxes;
    private readonly Lock _gate = new();

    // Deliveries in their order; null stands for "nothing more waits".
    private List<Delivery?>? _arrived;

    // Kept for the next ones, unless it has grown.
    private List<Delivery?>? _spare;
    private List<int>? _sent;
    private QueueSubscription? _subscription;
    private int _backlog;
    private bool _isScheduled;
    private bool _isSynced;
    private bool _isSuspended;
    private InboxEnd? _end;

    public InboxSubscription(SocketInboxes inboxes, string name, string? jobEvent, string owner, InboxOptions options)
    {
        _inboxes = inboxes;
        Name = name;
        JobEvent = jobEvent;
        Owner = owner;
        Options = options;
    }

    /// <summary>The inbox's name within its namespace.</summary>
    public string Name { get; }

    /// <summary>The event that jobs of a work queue come as; null: this is an inbox, whose messages are events themselves.</summary>
    public string? JobEvent { get; }

    /// <summary>Who may settle what is delivered here.</summary>
    public string Owner { get; }

    public InboxOptions Options { get; }

    /// <summary>Whether its owner is recognised on another connection.</summary>
    public bool CanReturn { get; init; }

    public async Task OpenAsync(MessageQueue queue, string? device, ulong receivedUpTo, int outputLimit)
    {
        var options = new SubscriptionOptions
        {
            Owner = Owner,
            Remote = true,
            Device = device,
            DeviceStart = Options.DeviceStart,
            Priority = Options.Priority,
            MaxInFlight = Options.MaxInFlight,
            MaxInFlightBytes = Math.Clamp(outputLimit / 2, 1, MaxInFlightBytes),
            AckTimeout = Options.AckTimeout,
            ReceivedUpTo = receivedUpTo,
            Liveness = _inboxes.Socket.Connection,
        };
        var subscription = await queue.SubscribeAsync(options, Arrived, closed: null, Options.SyncedEvent is null ? null : () => Arrived(null));
        lock (_gate)
        {
            _subscription = subscription;
            // The first messages come before this: they may have been too many already.
            if (_isSuspended) subscription.Suspend();
            if (_end is null) return;
        }

        await EndAsync(subscription);
    }

    /// <summary>Ends it. What the client has not acknowledged waits for its return, or, if it is not to return, goes back at once.</summary>
    public async Task CloseAsync(InboxEnd end)
    {
        QueueSubscription? subscription;
        lock (_gate)
        {
            if (_end is not null) return;
            _end = end;
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

    private async Task EndAsync(QueueSubscription subscription)
    {
        if (_end == InboxEnd.ForGood || (_end == InboxEnd.Stopping && !CanReturn)) await subscription.DisposeAsync();
        else if (_end is InboxEnd.LeftByClient or InboxEnd.Cut) await subscription.LeaveAsync(saidSo: _end == InboxEnd.LeftByClient);
        else await subscription.DisconnectAsync(isLoss: _end == InboxEnd.Lost);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var batch = OutputBatch.Enter();
        try
        {
            for (var deliveries = TakeArrived(sent: null); deliveries is not null; deliveries = TakeArrived(deliveries))
            {
                foreach (var delivery in deliveries) Send(delivery);
            }
        }
        finally
        {
            batch.Exit();
        }

        if (!SuspendIfSlow()) SettleSent();
    }

    /// <summary>On the store's thread.</summary>
    private void Arrived(Delivery? delivery)
    {
        lock (_gate)
        {
            if (_end is not null) return;
            if (_arrived is null) (_arrived, _spare) = (_spare ?? [], null);
            _arrived.Add(delivery);
            if (_isScheduled) return;
            _isScheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private List<Delivery?>? TakeArrived(List<Delivery?>? sent)
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

    private void Send(Delivery? delivery)
    {
        try
        {
            if (delivery is null)
            {
                _isSynced = true;
                _inboxes.Socket.SendSynced(Options.SyncedEvent!, _backlog);
                return;
            }

            if (!_isSynced) _backlog++;
            var isAsking = Options.AckStyle != AckStyle.OnFlush;
            // What its end finds unsent goes back with all that is unacknowledged.
            if (isAsking && !_inboxes.TryExpect(delivery, this)) return;
            var isSent = JobEvent is null
                ? _inboxes.Socket.SendDelivery(delivery, Name, Options, isAsking)
                : _inboxes.Socket.SendJob(delivery, JobEvent, Options, isAsking);
            if (!isSent || isAsking) return;
            lock (_gate) (_sent ??= []).Add(delivery.AckId);
        }
        catch (InvalidDataException exception)
        {
            Log.InvalidMessage(_inboxes.Socket.Server.Logger, exception, Name, delivery!.Sequence);
            _ = delivery.RejectAsync(ExceptionText.MessageOf(exception));
        }
        catch (Exception exception)
        {
            Log.DeliveryFailed(_inboxes.Socket.Server.Logger, exception, Name, delivery?.Sequence ?? 0);
            if (delivery is not null) _ = delivery.NackAsync(error: exception.GetType().Name);
        }
    }

    /// <summary>
    /// A client that reads slowly gets no more until it has read all, and is not blamed for not having answered yet. The connection calls
    /// <see cref="OnDrained"/>.
    /// </summary>
    private bool SuspendIfSlow()
    {
        var connection = _inboxes.Socket.Connection;
        var limit = Options.AckStyle == AckStyle.OnFlush ? 0 : SoftOutputLimit;
        if (connection.QueuedBytes <= limit) return false;
        lock (_gate)
        {
            // Marked before the connection is asked, as it may be drained the moment it was.
            if (_isSuspended) return true;
            _isSuspended = true;
            _subscription?.Suspend();
        }

        if (!connection.TellWhenDrained()) OnDrained();
        return true;
    }

    /// <summary>With <see cref="AckStyle.OnFlush"/>: what was handed to the connection is done, unless it closed before it took all.</summary>
    private void SettleSent()
    {
        List<int>? sent;
        lock (_gate) (sent, _sent) = (_sent, null);
        if (sent is null || !_inboxes.Socket.Connected) return;
        foreach (var ackId in sent) _inboxes.Store.Ack(ackId, Owner);
    }
}
