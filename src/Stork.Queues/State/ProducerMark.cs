using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>The last number of a producer, and what it was given for it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProducerMark(long Number, Guid Id, long Sequence);
