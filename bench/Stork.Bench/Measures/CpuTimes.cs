using System.Diagnostics;

namespace Stork.Bench.Measures;

/// <summary>Processor time, in seconds, used so far by the server, by the load side and by the whole machine.</summary>
/// <remarks>The load side never sleeps while it presses; how busy it is, only its own account of idle time tells.</remarks>
internal readonly record struct CpuTimes(long Timestamp, double Server, double Load, TimeSpan LoadIdle, double Machine)
{
    /// <summary>What servers of a cluster share: Redis. Null: there is none.</summary>
    private double? Bus { get; init; }

    // USER_HZ: what /proc counts in, 100 on every Linux.
    private const double TicksPerSecond = 100;

    public static CpuTimes Read(int serverProcessId, TimeSpan loadIdle) => Read(() => OfProcess($"/proc/{serverProcessId}/stat"), loadIdle);

    /// <summary>The same for a server of several processes, given what tells the seconds of all of them.</summary>
    public static CpuTimes Read(Func<double> server, TimeSpan loadIdle) =>
        new(Stopwatch.GetTimestamp(), server(), OfProcess("/proc/self/stat"), loadIdle, OfMachine());

    /// <summary>The same for servers that are one over Redis.</summary>
    public static CpuTimes Read(IEnumerable<int> serverProcessIds, int busProcessId, TimeSpan loadIdle) =>
        Read(() => serverProcessIds.Sum(static id => OfProcess($"/proc/{id}/stat")), loadIdle) with
        {
            Bus = OfProcess($"/proc/{busProcessId}/stat"),
        };

    /// <summary>Metrics of the time since an earlier reading, in which the server handled that many messages.</summary>
    public IEnumerable<KeyValuePair<Metric, double>> Since(CpuTimes earlier, long messages)
    {
        var elapsed = Stopwatch.GetElapsedTime(earlier.Timestamp, Timestamp).TotalSeconds;
        var server = Server - earlier.Server;
        var load = Load - earlier.Load;
        var bus = Bus - earlier.Bus;
        var others = Math.Max(0, Machine - earlier.Machine - server - load - (bus ?? 0));
        return
        [
            new(Metric.ServerCost, server * 1e6 / messages),
            new(Metric.ServerShare, server * 100 / elapsed),
            new(Metric.LoadShare, 100 - ((LoadIdle - earlier.LoadIdle).TotalSeconds * 100 / elapsed)),
            new(Metric.OthersShare, others * 100 / elapsed),
            .. bus is null ? Array.Empty<KeyValuePair<Metric, double>>() : [new(Metric.BusCost, bus.Value * 1e6 / messages)],
        ];
    }

    private static double OfProcess(string path)
    {
        // Fields are counted after the command name, which may itself hold spaces and parentheses: 14 is user, 15 is system time.
        var text = File.ReadAllText(path);
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11]) + long.Parse(fields[12])) / TicksPerSecond;
    }

    private static double OfMachine()
    {
        // cpu  user nice system idle iowait irq softirq steal ...
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var used = long.Parse(fields[1]) + long.Parse(fields[2]) + long.Parse(fields[3]);
        var interrupts = long.Parse(fields[6]) + long.Parse(fields[7]);
        var stolen = long.Parse(fields[8]);
        return (used + interrupts + stolen) / TicksPerSecond;
    }
}
