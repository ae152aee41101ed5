namespace Stork.Bench.Measures;

/// <summary>Memory of a process in KiB, as the kernel sums it up in <c>/proc/pid/smaps_rollup</c>.</summary>
internal readonly record struct MemoryFootprint(long Rss, long Pss, long Private)
{
    public static MemoryFootprint Read(int processId)
    {
        var sizes = File.ReadLines($"/proc/{processId}/smaps_rollup")
            .Skip(1)
            .Select(line => line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(fields => fields[0], fields => long.Parse(fields[1]));
        return new MemoryFootprint(sizes["Rss"], sizes["Pss"], sizes["Private_Clean"] + sizes["Private_Dirty"]);
    }

    /// <summary>Metrics of the growth since an earlier reading, for each of so many connections.</summary>
    public IEnumerable<KeyValuePair<Metric, double>> GrowthSince(MemoryFootprint earlier, int connections) =>
    [
        new(Metric.Rss, (double)(Rss - earlier.Rss) / connections),
        new(Metric.Pss, (double)(Pss - earlier.Pss) / connections),
        new(Metric.Private, (double)(Private - earlier.Private) / connections),
    ];
}
