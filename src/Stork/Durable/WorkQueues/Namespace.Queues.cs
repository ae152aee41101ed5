using Stork.Administration;
using Stork.Diagnostics;
using Stork.Durable.WorkQueues;

namespace Stork;

public partial class Namespace
{
    private QueueEvents? _queueEvents;

    internal QueueMapping? FindQueueMapping(string queue) => _queueEvents?.FindForConsumers(queue);

    /// <summary>
    /// Says what clients of this namespace may do with a work queue:
    /// <c>io.MapQueue("orders").FromEvent("orders").AllowProducers("customers")</c>. Until
    /// then, and for everybody it does not name, nothing. Called while the application is set up; it has effect on sockets that connect
    /// afterwards.
    /// </summary>
    /// <param name="queue">The queue's name, 1 to 256 bytes.</param>
    /// <returns>The mapping; the same for the same queue.</returns>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
    public QueueMapping MapQueue(string queue)
    {
        var events = _queueEvents ?? Interlocked.CompareExchange(ref _queueEvents, new QueueEvents(this), null) ?? _queueEvents;
        return events.Map(queue);
    }
}
