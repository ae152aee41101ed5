using System.Runtime.InteropServices;
using Stork.Bench.Load;

namespace Stork.Bench.Peers;

/// <summary>Which core the server gets and which one the load side keeps to.</summary>
internal sealed unsafe record Cores(int Server, int Load)
{
    /// <summary>All that this process may use, for scenarios that give a server more than one.</summary>
    public IReadOnlyList<int> All { get; private init; } = [];

    /// <summary>The first and the last core this process may use.</summary>
    public static Cores Choose()
    {
        var allowed = Allowed();
        return allowed.Count >= 2
            ? new Cores(allowed[0], allowed[^1]) { All = allowed }
            : throw new BenchmarkException("server and load need a core each; this process may use one only");
    }

    /// <summary>Moves all threads of this process to the load core; threads started later inherit it.</summary>
    public void PinLoad() => Pin(Load);

    /// <summary>Lets all threads of this process use both cores.</summary>
    public void Unpin() => Pin(Server, Load);

    private static void Pin(params ReadOnlySpan<int> cores)
    {
        Span<byte> mask = stackalloc byte[128];
        mask.Clear();
        foreach (var core in cores)
            mask[core / 8] |= (byte)(1 << (core % 8));
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task").Select(Path.GetFileName))
        {
            fixed (byte* bits = mask)
            {
                if (Libc.SetAffinity(int.Parse(thread!), (nuint)mask.Length, bits) < 0)
                    throw new BenchmarkException($"sched_setaffinity failed: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
    }

    private static List<int> Allowed()
    {
        // Cpus_allowed_list:	0-1,4
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal));
        return line.Split(':')[1].Trim().Split(',')
            .Select(range => range.Split('-'))
            .SelectMany(ends => Enumerable.Range(int.Parse(ends[0]), int.Parse(ends[^1]) - int.Parse(ends[0]) + 1))
            .ToList();
    }
}
