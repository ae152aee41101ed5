using System.Runtime.InteropServices;

namespace Stork.Queues;

/// <summary>What a producer is told once its message is as durable as the store promises.</summary>
/// <param name="Id">The message's id (a version 7 UUID), also that of the first one if this was a duplicate; empty if it is not known any
/// more.</param>
/// <param name="Sequence">Its number in its queue, from 1; 0 if not stored or not known any more.</param>
/// <param name="Duplicate">Whether an earlier message with the same identity was found, so that nothing was stored.</param>
/// <param name="Dropped">Whether the queue was full and its policy is <see cref="Overflow.DropNew"/>, so that nothing was stored.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct EnqueueReceipt(Guid Id, long Sequence, bool Duplicate = false, bool Dropped = false);
