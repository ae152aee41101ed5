namespace Stork.Bench.Measures;

/// <summary>Something measured in a run: how it is called, in which unit, with how many decimals it is worth printing.</summary>
internal sealed record Metric(string Name, string Unit, int Decimals, bool LowerIsBetter = false)
{
    public static readonly Metric RoundTrips = new("round trips", "/s", 0);
    public static readonly Metric Deliveries = new("deliveries", "/s", 0);
    public static readonly Metric DeliveriesOfEach = new("deliveries of each server", "/s", 0);
    public static readonly Metric Found = new("sockets found", "/s", 0);
    public static readonly Metric Connects = new("connects", "/s", 0);
    public static readonly Metric Answered = new("answered", "/s", 0);
    public static readonly Metric LatencyMedian = new("p50", "µs", 0, LowerIsBetter: true);
    public static readonly Metric LatencyTail = new("p99", "µs", 0, LowerIsBetter: true);
    public static readonly Metric LatencyFarTail = new("p99.9", "µs", 0, LowerIsBetter: true);
    public static readonly Metric ServerCost = new("server CPU", "µs/message", 2, LowerIsBetter: true);
    public static readonly Metric BusCost = new("Redis CPU", "µs/message", 2, LowerIsBetter: true);
    public static readonly Metric ServerShare = new("server core", "%", 0);
    public static readonly Metric LoadShare = new("load busy", "%", 0);
    public static readonly Metric OthersShare = new("others", "% of a core", 0);
    public static readonly Metric Rss = new("RSS", "KiB/connection", 2, LowerIsBetter: true);
    public static readonly Metric Pss = new("PSS", "KiB/connection", 2, LowerIsBetter: true);
    public static readonly Metric Private = new("private", "KiB/connection", 2, LowerIsBetter: true);
    public static readonly Metric EarlyShare = new("rate 3 s after the start", "% of the steady one", 0);
    public static readonly Metric SecondsToNinety = new("90 % reached after", "s", 1, LowerIsBetter: true);
    public static readonly Metric SteadyRate = new("steady", "/s", 0);
    public static readonly Metric CostGrowth = new("cost of the last", "× the first", 2, LowerIsBetter: true);
    public static readonly Metric FirstCost = new("server CPU, first", "µs/message", 2, LowerIsBetter: true);
    public static readonly Metric LastCost = new("server CPU, last", "µs/message", 2, LowerIsBetter: true);
    public static readonly Metric PrivateGrowth = new("growth of private memory", "MiB", 1, LowerIsBetter: true);
    public static readonly Metric PrivateBefore = new("private before", "MiB", 1, LowerIsBetter: true);
    public static readonly Metric PrivateAfter = new("private after", "MiB", 1, LowerIsBetter: true);
    public static readonly Metric PrivateMemory = new("private memory", "MiB", 1, LowerIsBetter: true);
    public static readonly Metric Heartbeats = new("heartbeats", "/connection", 1);

    public override string ToString() => $"{Name} {Unit}";
}
