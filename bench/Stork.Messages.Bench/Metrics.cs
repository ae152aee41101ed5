using Stork.Bench.Measures;

namespace Stork.Messages.Bench;

/// <summary>What is measured here besides the figures of the load tool.</summary>
internal static class Metrics
{
    public static readonly Metric Jobs = new("jobs", "/s", 0);
    public static readonly Metric Messages = new("messages settled", "/s", 0);
    public static readonly Metric Median = new("p50", "ms", 2, LowerIsBetter: true);
    public static readonly Metric Tail = new("p99", "ms", 2, LowerIsBetter: true);
    public static readonly Metric Ninety = new("p90", "ms", 2, LowerIsBetter: true);
    public static readonly Metric FarTail = new("p99.9", "ms", 2, LowerIsBetter: true);
    public static readonly Metric ReceivedMedian = new("to receipt p50", "ms", 2, LowerIsBetter: true);
    public static readonly Metric ReceivedTail = new("to receipt p99", "ms", 2, LowerIsBetter: true);
    public static readonly Metric SettledMedian = new("to settled p50", "ms", 2, LowerIsBetter: true);
    public static readonly Metric SettledTail = new("to settled p99", "ms", 2, LowerIsBetter: true);
    public static readonly Metric Cpu = new("CPU of all", "µs each", 1, LowerIsBetter: true);
    public static readonly Metric ServerCpu = new("server CPU", "µs each", 1, LowerIsBetter: true);
    public static readonly Metric Allocated = new("server allocates", "bytes each", 0, LowerIsBetter: true);
    public static readonly Metric ServerShare = new("server core", "%", 0);
    public static readonly Metric LoadShare = new("load busy", "%", 0);
    public static readonly Metric Duration = new("until all are served", "s", 1, LowerIsBetter: true);
    public static readonly Metric ClientMedian = new("a client's time p50", "s", 2, LowerIsBetter: true);
    public static readonly Metric ClientTail = new("a client's time p99", "s", 2, LowerIsBetter: true);
    public static readonly Metric ClientMost = new("a client's time, most", "s", 2, LowerIsBetter: true);
    public static readonly Metric MemoryBefore = new("RSS before", "MiB", 0, LowerIsBetter: true);
    public static readonly Metric MemoryPeak = new("RSS at most", "MiB", 0, LowerIsBetter: true);
    public static readonly Metric ServerSeconds = new("server CPU", "s", 1, LowerIsBetter: true);
    public static readonly Metric Startup = new("start with the backlog", "s", 1, LowerIsBetter: true);

    /// <summary>A bar of the histogram: the share of durations below a bound and not below the one before.</summary>
    public static Metric Below(double milliseconds) => s_bars.First(bar => bar.Bound == milliseconds).Metric;

    /// <summary>Upper bounds of the histogram's bars, in milliseconds.</summary>
    public static IReadOnlyList<double> Bounds { get; } = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, double.PositiveInfinity];

    public static bool IsBar(Metric metric) => s_bars.Any(bar => bar.Metric == metric);

    private static readonly (double Bound, Metric Metric)[] s_bars =
        [.. Bounds.Select(static bound => (bound, new Metric(double.IsInfinity(bound) ? "more" : $"< {bound} ms", "%", 1)))];
}
