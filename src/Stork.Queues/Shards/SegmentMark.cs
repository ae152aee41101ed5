using System.Runtime.InteropServices;

namespace Stork.Queues.Shards;

/// <summary>How far a segment goes into a backup.</summary>
/// <param name="Id">The segment.</param>
/// <param name="Capacity">The size of its file.</param>
/// <param name="Used">Bytes from its start; all of them are durable.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SegmentMark(uint Id, int Capacity, int Used);
