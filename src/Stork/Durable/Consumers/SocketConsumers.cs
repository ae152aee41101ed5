using System.Diagnostics;
using Stork.Durable.Inboxes;
using Stork.Durable.Storage;
using Stork.Queues;
using Stork.SocketIO.Acks;
using Stork.SocketIO.Events;
using Stork.SocketIO.Sockets;

namespace Stork.Durable.Consumers;

/// <summary>
/// What one socket takes messages from, inboxes and work queues alike, and which of its client's acknowledgements belongs to which of them.
/// Who the client is and what it sends into the store hang on it as well.
/// </summary>
[DebuggerDisplay("{_state}: {_consumers.Count} consumers, identity {Identity?.Name}")]
internal sealed class SocketConsumers : ISocketFeature
{
    /// <summary>Inboxes and queues one socket may have besides the inbox of its identity.</summary>
    private const int MaxConsumers = 64;

    private readonly Lock _gate = new();
    private readonly List<SocketConsumer> _consumers = [];
    private OutstandingDeliveries? _outstanding;
    private List<DeliverySource>? _wanted;
    private EarlyAcks? _earlyAcks;
    private LateAcks? _lateAcks;
    private State _state;
    private ConsumerEnd _end;

    public SocketConsumers(Socket socket, QueueStore store)
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

    /// <summary>Whether it is nobody's, and has nothing to take messages from.</summary>
    public bool IsLeftOut
    {
        get
        {
            lock (_gate) return _state == State.Open && Identity is null && _consumers.Count == 0;
        }
    }

    /// <summary>Finds out who the client is, unless that is known; its events wait for it.</summary>
    public async ValueTask OnConnectedAsync() => Identity ??= (await Identities.AskAsync(Socket)).Identity;

    /// <summary>The connection handlers are done: applies what the client acknowledged, and takes what waits for it.</summary>
    public void OnReady()
    {
        List<DeliverySource> wanted;
        List<Packet> early;
        lock (_gate)
        {
            // A client that has gone meanwhile was here all the same: what it acknowledged counts, and its device is known from now on.
            if (_state == State.Waiting) _state = State.Open;
            wanted = _wanted ?? [];
            _wanted = null;
            early = _earlyAcks?.RemoveOf(Socket.Namespace.Utf8Name) ?? [];
            _earlyAcks = null;
        }

        if (Identity is { } identity)
        {
            var own = new InboxSource(identity.Name, Socket.Server.Storage.Inbox);
            if (!wanted.Exists(own.IsSame)) wanted.Insert(0, own);
        }

        _ = StartAsync(wanted, early);
        if (wanted.Count == 0) Socket.Server.InboxUse.OnLeftOut(Socket);
    }

    /// <summary>Gives the socket a source that the application names; before the connection handlers are done it is only noted.</summary>
    /// <exception cref="InvalidOperationException">The socket has too many.</exception>
    public Task SubscribeAsync(DeliverySource source)
    {
        lock (_gate)
        {
            if (_consumers.Count + (_wanted?.Count ?? 0) >= MaxConsumers)
                throw new InvalidOperationException($"A socket has at most {MaxConsumers} inboxes and queues.");
            if (_state == State.Waiting)
            {
                _wanted ??= [];
                _wanted.RemoveAll(source.IsSame);
                _wanted.Add(source);
                return Task.CompletedTask;
            }
        }

        return StartAsync(source);
    }

    /// <summary>Takes a source away from the socket; what is not acknowledged goes back, uncounted.</summary>
    public async Task UnsubscribeAsync(QueueKind kind, string name)
    {
        SocketConsumer? ended;
        lock (_gate)
        {
            _wanted?.RemoveAll(source => source.Kind == kind && source.Name == name);
            ended = Find(kind, name);
            if (ended is null) return;
            Remove(ended);
        }

        await ended.CloseAsync(ConsumerEnd.ForGood);
    }

    /// <summary>The client is about to be asked to acknowledge deliveries; false if the consumer has ended meanwhile.</summary>
    /// <param name="deliveries">In their order; null stands for something that is not acknowledged.</param>
    /// <param name="consumer">To whom they came.</param>
    public bool TryExpect(List<Delivery?> deliveries, SocketConsumer consumer)
    {
        lock (_gate)
        {
            if (!_consumers.Contains(consumer)) return false;
            foreach (var delivery in deliveries)
                if (delivery is not null) _outstanding!.Add(delivery, consumer);
            return true;
        }
    }

    /// <summary>What takes messages from there; null: nothing does.</summary>
    public SocketConsumer? FindConsumer(QueueKind kind, string name)
    {
        lock (_gate) return Find(kind, name);
    }

    /// <summary>How many jobs of a queue the client may have at once; null: it gets none.</summary>
    public int? MaxInFlightOf(string queue) => FindConsumer(QueueKind.Work, queue)?.Source.MaxInFlight;

    /// <summary>The job with this id that the client has; null: it has no such job.</summary>
    public Delivery? FindJob(Guid id)
    {
        lock (_gate) return _outstanding?.FindJob(id);
    }

    /// <summary>Whose deliveries the client may settle.</summary>
    public HashSet<string> GetOwners()
    {
        lock (_gate)
        {
            HashSet<string> owners = [.. _consumers.Select(static consumer => consumer.Owner)];
            if (_state != State.Waiting && Identity is { } identity) owners.Add(InboxNames.Owner(identity.Name, identity.Device));
            return owners;
        }
    }

    public IReadOnlyList<DeliverySource> GetSources()
    {
        lock (_gate) return _consumers.ConvertAll(static consumer => consumer.Source);
    }

    /// <summary>Whatever is no answer to an emit: what this socket was not sent may have been sent on an earlier connection.</summary>
    public bool TryAcknowledge(in Packet packet)
    {
        _ = SettleAsync(packet, wanted: []);
        return true;
    }

    public void OnDrained()
    {
        SocketConsumer[] consumers;
        lock (_gate) consumers = [.. _consumers];
        foreach (var consumer in consumers) consumer.OnDrained();
    }

    public void OnClosed(DisconnectReason reason)
    {
        var end = ConsumerEnds.Of(reason, Socket.Connection);
        SocketConsumer[] consumers;
        lock (_gate)
        {
            // What is noted while the connection handlers run is seen to when they are done.
            (_state, _end) = (State.Closed, end);
            consumers = [.. _consumers];
            _consumers.Clear();
            _outstanding?.Clear();
        }

        foreach (var consumer in consumers) _ = CloseAsync(consumer, end);
    }

    /// <summary>Completes when the store has it, as far as that is to be waited for: an answer to what this socket was sent is
    /// not.</summary>
    private Task SettleAsync(in Packet packet, IReadOnlyList<DeliverySource> wanted)
    {
        if (packet.AckId is < 1 or > int.MaxValue) return Task.CompletedTask;
        var ackId = (int)packet.AckId;
        OutstandingDeliveries.Entry entry;
        lock (_gate)
        {
            if (_state == State.Waiting)
            {
                _ = (_earlyAcks ??= new EarlyAcks()).TryAdd(packet.Copy());
                return Task.CompletedTask;
            }

            entry = _outstanding?.Remove(ackId) ?? default;
            if (entry.Consumer is null) _lateAcks ??= new LateAcks(this);
        }

        if (entry.Consumer is not { } consumer) return _lateAcks!.SettleAsync(ackId, packet.Payload, wanted);
        var answer = AckAnswer.Read(packet.Payload.Span, consumer.Source.AckStyle);
        if (answer.Verdict != AckVerdict.Ack) _ = answer.SettleAsync(Store, ackId, consumer.Owner);
        else if (entry.Job is { } job) job.Ack();
        else Store.Ack(ackId, consumer.Owner);
        return Task.CompletedTask;
    }

    private async Task StartAsync(List<DeliverySource> wanted, List<Packet> early)
    {
        // First, so that nothing is sent again that has been acknowledged.
        foreach (var packet in early) await SettleAsync(packet, wanted);
        foreach (var source in wanted) _ = StartOrLogAsync(source);
    }

    /// <summary>Of what was wanted before the connection handlers were done, nobody waits for the outcome.</summary>
    private async Task StartOrLogAsync(DeliverySource source)
    {
        try
        {
            await StartAsync(source);
        }
        catch (QueueException exception)
        {
            Log.SubscriptionFailed(Socket.Server.Logger, exception, source.ToString(), Socket.Id, exception.Message);
            Socket.Server.Engine.Metrics.InboxRefused(exception.Code);
        }
    }

    private async Task StartAsync(DeliverySource source)
    {
        var device = source.Device ?? Identity?.Device;
        var consumer = new SocketConsumer(this, source, source.OwnerOf(Socket, Identity, device), source.CanReturn(Socket, Identity));
        bool isGone;
        lock (_gate)
        {
            isGone = _state == State.Closed;
            if (_consumers.Exists(other => other.Source.IsSame(source))) return;
            if (!isGone)
            {
                _consumers.Add(consumer);
                (_outstanding ??= new OutstandingDeliveries()).AddRoom(source.MaxInFlight);
            }
        }

        if (isGone && !source.Remembers(device)) return;
        // Nothing was sent to it, so that nothing of what it is about to get can be why it went.
        if (isGone) await consumer.CloseAsync(_end == ConsumerEnd.LeftByClient ? ConsumerEnd.Lost : _end);
        try
        {
            await consumer.OpenAsync(source.Open(Store, Socket.Namespace), device, Socket.Server.Engine.Options.MaxOutputBufferSize);
        }
        catch
        {
            lock (_gate) Remove(consumer);
            throw;
        }
    }

    /// <summary>The caller holds <c>_gate</c>.</summary>
    private SocketConsumer? Find(QueueKind kind, string name) =>
        _consumers.Find(consumer => consumer.Source.Kind == kind && consumer.Source.Name == name);

    /// <summary>It is not the socket's any more. The caller holds <c>_gate</c>.</summary>
    private void Remove(SocketConsumer consumer)
    {
        if (_consumers.Remove(consumer)) _outstanding!.RemoveAll(consumer);
    }

    private static async Task CloseAsync(SocketConsumer consumer, ConsumerEnd end)
    {
        try
        {
            await consumer.CloseAsync(end);
        }
        catch (QueueException)
        {
            // The store is closed or failed: what is unacknowledged waits in it all the same.
        }
    }
}
