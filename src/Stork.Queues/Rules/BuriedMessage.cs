using System.Runtime.InteropServices;

namespace Stork.Queues.Rules;

/// <summary>A message that became a dead letter because it could not be processed, for the log.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BuriedMessage(QueueKind Kind, string Queue, long Sequence, DeadLetterReason Reason, int Attempts);
