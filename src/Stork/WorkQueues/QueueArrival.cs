using Stork.Queues;

namespace Stork.WorkQueues;

/// <summary>A delivery that waits for a worker, and since when.</summary>
internal sealed record QueueArrival(Delivery Delivery, long At);
