using System.Runtime.InteropServices;
using Stork.Queues;
using Stork.SocketIO.Acks;
using Stork.SocketIO.Events;
using Stork.SocketIO.Sockets;
using Stork.Durable.Storage;
using Stork.Durable.Inboxes;
using Stork.EngineIO;

namespace Stork.Durable.Consumers;

/// <summary>The inboxes of one socket: which it has, and which of its client's acknowledgements belongs to which of them.</summary>
internal sealed partial class SocketInboxes : ISocketFeature
{
    /// <summary>Inboxes one socket may have besides its own.</summary>
    private const int MaxSubscriptions = 64;

    /// <summary>Acknowledgements of deliveries this socket knows nothing of, with which the store is busy. A flood of them is ignored beyond; one that
    /// was meant is repeated by the message coming again.</summary>
    private const int MaxLateAcks = 256;

    private readonly Lock _gate = new();
    private readonly List<InboxSubscription> _subscriptions = [];

    // What the client was sent and has not acknowledged, oldest first. Searched from the front, where nearly all are found.
    private List<Expected>? _expected;

    // Of those the first ones are done with: taking them out one by one would move all the others each time.
    private int _done;
    private List<Wanted>? _wanted;
    private EarlyAcks? _earlyAcks;
    private string? _owner;
    private int _remembered;
    private int _lateAcks;
    private State _state;
    private InboxEnd _goneHow;

    public SocketInboxes(Socket socket, QueueStore store)
    {
        Socket = socket;
        Store = store;
    }

    private enum State : byte
    {
        /// <summary>The connection handlers run; what they want is noted.</summary>
        Waiting,
        Open,
        Closed,
    }

    public Socket Socket { get; }

    public QueueStore Store { get; }

    /// <summary>Stores what the socket sends into inboxes and queues.</summary>
    public EnqueueLine Line
    {
        get
        {
            lock (_gate) return field ??= new EnqueueLine(Store, Socket.Server.Storage.Store.Shards == 1);
        }
    }

    /// <summary>Who the socket is; null before it was asked, and if it is nobody. Recovery sets it where it has asked before.</summary>
    public InboxIdentity? Identity { get; set; }

    /// <summary>Deliveries up to this lease token are known to have arrived on an earlier connection, and are not repeated at once.</summary>
    public ulong ReceivedUpTo { get; set; }

    /// <summary>Finds out who the client is, unless that is known; its events wait for it.</summary>
    public async ValueTask OnConnectedAsync() => Identity ??= (await Identities.AskAsync(Socket)).Identity;

    /// <summary>The connection handlers are done: applies what the client acknowledged, and takes what waits for it.</summary>
    public void OnReady()
    {
        var identity = Identity;
        List<Wanted> wanted;
        List<Packet> early;
        lock (_gate)
        {
            // A client that has gone meanwhile was here all the same: what it acknowledged counts, and its device is known from now on.
            if (_state == State.Waiting) _state = State.Open;
            if (identity is not null) _owner = InboxNames.Owner(identity.Name, identity.Device);
            wanted = _wanted ?? [];
            _wanted = null;
            early = _earlyAcks?.RemoveOf(Socket.Namespace.Utf8Name) ?? [];
            _earlyAcks = null;
        }

        if (identity is not null && !wanted.Exists(other => other.JobEvent is null && other.Name == identity.Name)) wanted.Insert(0, new Wanted(identity.Name, Socket.Server.Storage.Inbox, null));
        _ = StartAsync(wanted, early);
        if (wanted.Count == 0) Socket.Server.InboxUse.OnLeftOut(Socket);
    }

    private async Task StartAsync(List<Wanted> wanted, List<Packet> early)
    {
        // First, so that nothing is sent again that has been acknowledged.
        foreach (var packet in early) await SettleAsync(packet, wanted);
        foreach (var other in wanted) _ = StartOrLogAsync(other);
    }

    /// <summary>Takes an inbox that the application names; before the connection handlers are done it is only noted.</summary>
    public Task SubscribeAsync(string name, InboxOptions options, string? jobEvent = null)
    {
        var wanted = new Wanted(name, options, jobEvent);
        lock (_gate)
        {
            if (_subscriptions.Count + (_wanted?.Count ?? 0) >= MaxSubscriptions) throw new InvalidOperationException($"A socket has at most {MaxSubscriptions} inboxes.");
            if (_state == State.Waiting)
            {
                _wanted ??= [];
                _wanted.RemoveAll(wanted.IsSame);
                _wanted.Add(wanted);
                return Task.CompletedTask;
            }
        }

        return StartAsync(wanted);
    }

    public async Task UnsubscribeAsync(string name, bool isWork = false)
    {
        InboxSubscription? ended;
        lock (_gate)
        {
            _wanted?.RemoveAll(other => other.Name == name && other.JobEvent is not null == isWork);
            ended = _subscriptions.Find(other => other.Name == name && other.JobEvent is not null == isWork);
            if (ended is null) return;
            Forget(ended);
        }

        await ended.CloseAsync(InboxEnd.ForGood);
    }

    /// <summary>The client is about to be asked to acknowledge a delivery; false if the subscription has ended meanwhile.</summary>
    public bool TryExpect(Delivery delivery, InboxSubscription subscription)
    {
        lock (_gate)
        {
            if (!_subscriptions.Contains(subscription)) return false;
            _expected ??= [];
            // What was settled elsewhere, or given up, is never answered; the oldest are forgotten then, and count as late.
            if (_expected.Count > _done && _expected.Count - _done >= _remembered) RemoveExpected(_done);
            _expected.Add(new Expected(delivery.AckId, subscription, subscription.JobEvent is null ? null : delivery));
            return true;
        }
    }

    /// <summary>Whether it is nobody's, and has nothing to take messages from.</summary>
    public bool IsLeftOut
    {
        get
        {
            lock (_gate) return _state == State.Open && Identity is null && _subscriptions.Count == 0;
        }
    }

    /// <summary>How many jobs of a queue the client may have at once; null: it gets none.</summary>
    public int? MaxInFlightOf(string queue)
    {
        lock (_gate) return _subscriptions.Find(own => own.JobEvent is not null && own.Name == queue)?.Options.MaxInFlight;
    }

    /// <summary>The job with this id that the client has; null: it has no such job.</summary>
    public Delivery? FindJob(Guid id)
    {
        lock (_gate) return _expected?.FindLast(expected => expected.Job?.Id == id).Job;
    }

    /// <summary>Whatever is no answer to an emit: what this socket was not sent may have been sent on an earlier connection.</summary>
    public bool TryAcknowledge(in Packet packet)
    {
        _ = SettleAsync(packet, wanted: null);
        return true;
    }

    /// <summary>Completes when the store has it, as far as that is to be waited for: an answer to what this socket was sent is not.</summary>
    private Task SettleAsync(in Packet packet, List<Wanted>? wanted)
    {
        if (packet.AckId is < 1 or > int.MaxValue) return Task.CompletedTask;
        var ackId = (int)packet.AckId;
        Expected expected;
        lock (_gate)
        {
            if (_state == State.Waiting)
            {
                _ = (_earlyAcks ??= new EarlyAcks()).TryAdd(packet.Copy());
                return Task.CompletedTask;
            }

            expected = Take(ackId);
        }

        if (expected.Subscription is { } subscription)
        {
            var answer = AckAnswer.Read(packet.Payload.Span, subscription.Options.AckStyle);
            if (answer.Verdict != AckVerdict.Ack) _ = SettleAsync(ackId, subscription.Owner, answer);
            else if (expected.Job is { } job) job.Ack();
            else Store.Ack(ackId, subscription.Owner);
        }
        else if (Interlocked.Increment(ref _lateAcks) <= MaxLateAcks)
        {
            return SettleLateAsync(ackId, packet.Payload.ToArray(), wanted);
        }
        else
        {
            Interlocked.Decrement(ref _lateAcks);
        }

        return Task.CompletedTask;
    }

    /// <summary>The socket is over.</summary>
    public void OnClosed(DisconnectReason reason)
    {
        var end = EndOf(reason, Socket.Connection);
        InboxSubscription[] subscriptions;
        lock (_gate)
        {
            // What is noted while the connection handlers run is seen to when they are done.
            (_state, _goneHow) = (State.Closed, end);
            subscriptions = [.. _subscriptions];
            _subscriptions.Clear();
            _expected = null;
            _done = 0;
        }

        foreach (var subscription in subscriptions) _ = EndAsync(subscription, end);
    }

    private static InboxEnd EndOf(DisconnectReason reason, EngineConnection connection) => reason switch
    {
        DisconnectReason.ServerShuttingDown => InboxEnd.Stopping,
        DisconnectReason.ClientNamespaceDisconnect or DisconnectReason.ServerNamespaceDisconnect => InboxEnd.ForGood,
        DisconnectReason.TransportClose when connection.IsLeftByClient => InboxEnd.LeftByClient,
        DisconnectReason.TransportClose or DisconnectReason.TransportError when connection.IsCut => InboxEnd.Cut,
        _ => InboxEnd.Lost,
    };

    public void OnDrained()
    {
        InboxSubscription[] subscriptions;
        lock (_gate) subscriptions = [.. _subscriptions];
        foreach (var subscription in subscriptions) subscription.OnDrained();
    }

    private async Task StartAsync(Wanted wanted)
    {
        var (name, options, jobEvent) = wanted;
        var device = options.Device ?? Identity?.Device;
        var owner = _owner is null || device != Identity?.Device ? InboxNames.Owner(Identity?.Name ?? name, device) : _owner;
        // Nobody else may settle a job that was given to somebody without a name.
        if (jobEvent is not null && Identity is null) owner = InboxNames.Owner("socket " + Socket.Id, null);
        var subscription = new InboxSubscription(this, name, jobEvent, owner, options)
        {
            CanReturn = jobEvent is null || Identity is not null || Socket.Session.IsRecoverable,
        };
        bool isGone;
        lock (_gate)
        {
            isGone = _state == State.Closed;
            if (_subscriptions.Exists(other => wanted.IsSame(new Wanted(other.Name, other.Options, other.JobEvent)))) return;
            if (!isGone) _subscriptions.Add(subscription);
            // Twice, because what is repeated after its lease ended has another number.
            if (!isGone) _remembered += 2 * options.MaxInFlight;
        }

        // Of one that has gone only the device matters, which is known once it has begun to take messages.
        if (isGone && (jobEvent is not null || device is null)) return;
        // Nothing was sent to it, so that nothing of what it is about to get can be why it went.
        if (isGone) await subscription.CloseAsync(_goneHow == InboxEnd.LeftByClient ? InboxEnd.Lost : _goneHow);
        try
        {
            var queue = jobEvent is null ? Store.Inbox(InboxNames.Store(Socket.Namespace, name)) : Store.Queue(name);
            await subscription.OpenAsync(queue, device, ReceivedUpTo, Socket.Server.Engine.Options.MaxOutputBufferSize);
        }
        catch
        {
            lock (_gate) Forget(subscription);
            throw;
        }
    }

    /// <summary>It is not the socket's any more; what its client acknowledges of it counts as late. The caller holds <c>_gate</c>.</summary>
    private void Forget(InboxSubscription subscription)
    {
        if (!_subscriptions.Remove(subscription)) return;
        _remembered -= 2 * subscription.Options.MaxInFlight;
        if (_expected is null) return;
        _expected.RemoveRange(0, _done);
        _done = 0;
        _expected.RemoveAll(expected => expected.Subscription == subscription);
    }

    /// <summary>Of what was wanted before the connection handlers were done, nobody waits for the outcome.</summary>
    private async Task StartOrLogAsync(Wanted wanted)
    {
        try
        {
            await StartAsync(wanted);
        }
        catch (QueueException exception)
        {
            Log.SubscriptionFailed(Socket.Server.Logger, exception, wanted.Name, Socket.Id, exception.Message);
            Socket.Server.Engine.Metrics.InboxRefused(exception.Code);
        }
    }

    private static async Task EndAsync(InboxSubscription subscription, InboxEnd end)
    {
        try
        {
            await subscription.CloseAsync(end);
        }
        catch (QueueException)
        {
            // The store is closed or failed: what is unacknowledged waits in it all the same.
        }
    }

    /// <summary>What the client acknowledges; the default if it was not asked for that.</summary>
    private Expected Take(int ackId)
    {
        if (_expected is null) return default;
        var entries = CollectionsMarshal.AsSpan(_expected);
        for (var i = _done; i < entries.Length; i++)
        {
            if (entries[i].AckId != ackId) continue;
            var expected = entries[i];
            RemoveExpected(i);
            return expected;
        }

        return default;
    }

    private void RemoveExpected(int index)
    {
        if (index != _done)
        {
            _expected!.RemoveAt(index);
            return;
        }

        CollectionsMarshal.AsSpan(_expected)[_done++] = default;
        if (_done * 2 < _expected!.Count) return;
        _expected.RemoveRange(0, _done);
        _done = 0;
    }

    private readonly record struct Wanted(string Name, InboxOptions Options, string? JobEvent)
    {
        public bool IsSame(Wanted other) => other.Name == Name && other.JobEvent is null == JobEvent is null;
    }

    // With a job comes its delivery, as its client may ask for more time.
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Expected(int AckId, InboxSubscription Subscription, Delivery? Job);
}
