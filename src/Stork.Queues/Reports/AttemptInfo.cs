using System.Runtime.InteropServices;

namespace Stork.Queues;

/// <summary>One hand-out that did not succeed.</summary>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Outcome">How: Released, Nacked, TimedOut, Lost, LostOldest, Crashed, Superseded, BesideCrash, Suspected or Refused.</param>
/// <param name="Owner">Who had it; empty if it had no name.</param>
/// <param name="Error">What was said about it, cut at a whole character after at most 256 bytes; empty if nothing was.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AttemptInfo(DateTimeOffset EndedAt, string Outcome, string Owner, string Error);
