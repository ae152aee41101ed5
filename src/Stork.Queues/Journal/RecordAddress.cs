using System.Runtime.InteropServices;

namespace Stork.Queues.Journal;

/// <summary>Where a record is: the segment, the offset of its prefix, and its log sequence number.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RecordAddress(uint Segment, uint Offset, ulong Lsn);
