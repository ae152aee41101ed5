using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>A message that waits for its time. What it says is checked when the time comes.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DueMessage(QueueState Queue, long Sequence, ulong Lane);
