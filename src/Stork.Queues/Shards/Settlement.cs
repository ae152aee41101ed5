using System.Runtime.InteropServices;

namespace Stork.Queues.Shards;

/// <summary>What a consumer says about a delivery.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Delay">Milliseconds: the wait before a retry, or the new length of the lease; null: as the queue says.</param>
/// <param name="Error">What went wrong.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Settlement(SettlementKind Kind, long? Delay = null, string? Error = null);

internal enum SettlementKind
{
    Ack,
    Nack,
    Release,
    Reject,
    Extend,
}
