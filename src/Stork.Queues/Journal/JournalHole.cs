using System.Runtime.InteropServices;

namespace Stork.Queues.Journal;

/// <summary>Bytes of a segment that do not check out.</summary>
/// <param name="Offset">Where they start.</param>
/// <param name="Length">How many there are.</param>
/// <param name="FirstLsn">The number of the first record that was there.</param>
/// <param name="EndLsn">The number after the last one; the same as the first if nobody knows.</param>
/// <param name="Torn">Nothing says that they were durable: a power cut explains them.</param>
/// <param name="What">What is wrong.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalHole(int Offset, int Length, ulong FirstLsn, ulong EndLsn, bool Torn, string What);
