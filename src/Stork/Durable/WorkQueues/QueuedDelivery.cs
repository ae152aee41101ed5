using System.Runtime.InteropServices;
using Stork.Queues;

namespace Stork.Durable.WorkQueues;

/// <summary>A delivery that waits for a worker, and since when.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct QueuedDelivery(Delivery Delivery, long At);
