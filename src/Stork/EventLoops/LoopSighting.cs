using System.Runtime.InteropServices;

namespace Stork.EventLoops;

/// <summary>What the watchdog sees of a loop at one look.</summary>
/// <param name="Turn">The loop's <see cref="EventLoop.Turn"/>.</param>
/// <param name="WithoutProcessor">
/// How long the loop's thread had been ready to run and had no processor, since it began; null if nobody has asked.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LoopSighting(int Turn, TimeSpan? WithoutProcessor = null)
{
    /// <summary>Whether a call was under way.</summary>
    public bool IsInCall => (Turn & 1) != 0;

    /// <summary>Whether it is the call that was under way at an earlier look.</summary>
    public bool IsSameCall(LoopSighting before) => IsInCall && Turn == before.Turn;

    /// <summary>
    /// Whether the call has kept the thread since an earlier look, at which it had lasted for an interval already. A thread that waits for
    /// a processor most of that time is not blocked: another one in its place would have to wait as well.
    /// </summary>
    public bool IsBlockedSince(LoopSighting before) =>
        IsSameCall(before) && WithoutProcessor - before.WithoutProcessor < LoopWatchdog.Interval / 2;
}
