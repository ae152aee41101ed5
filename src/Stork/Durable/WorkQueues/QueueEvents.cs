namespace Stork.Durable.WorkQueues;

/// <summary>The work queues that clients of one namespace may use. Its sockets get listeners for the events that were mapped, and for
/// <c>queue:subscribe</c>, <c>queue:unsubscribe</c> and <c>queue:extend</c>.</summary>
internal sealed class QueueEvents(Namespace nsp)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, QueueMapping> _queues = new(StringComparer.Ordinal);
    private (string Event, QueueMapping Queue, Func<SocketEvent, EnqueueOptions?> Options)[] _producers = [];
    private bool _isAttached;

    public QueueMapping Map(string queue)
    {
        _ = nsp.Server.RequireStore().Queue(queue);
        lock (_gate)
        {
            if (!_isAttached) nsp.OnConnection(Attach);
            _isAttached = true;
            if (!_queues.TryGetValue(queue, out var mapping)) _queues.Add(queue, mapping = new QueueMapping(this, queue));
            return mapping;
        }
    }

    public void Add(string name, QueueMapping queue, Func<SocketEvent, EnqueueOptions?> options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Emitter.CheckName(name);
        lock (_gate) _producers = [.. _producers, (name, queue, options)];
        nsp.Server.WorkQueues.Unattended.Watch(queue.Name);
    }

    /// <summary>The mapping of a queue that some clients may have jobs of; null: there is none.</summary>
    public QueueMapping? FindForConsumers(string queue)
    {
        lock (_gate) return _queues.TryGetValue(queue, out var mapping) && mapping.Consumers != QueuePermission.Nobody ? mapping : null;
    }

    public void AddSocketQueue(string queue) => nsp.Server.WorkQueues.AddSocketQueue(queue);

    private void Attach(Socket socket)
    {
        bool hasConsumers;
        (string Event, QueueMapping Queue, Func<SocketEvent, EnqueueOptions?> Options)[] producers;
        lock (_gate)
        {
            producers = _producers;
            hasConsumers = _queues.Values.Any(static q => q.Consumers != QueuePermission.Nobody);
        }

        foreach (var group in producers.GroupBy(static p => p.Queue))
        {
            var producer = new QueueProducer(socket, group.Key);
            foreach (var (name, _, options) in group) socket.On(name, (SocketEvent received) => producer.OnEvent(received, options));
        }

        if (hasConsumers) new SocketConsumerEvents(socket, this).Listen();
    }
}
