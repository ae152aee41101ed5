namespace Stork.Bench.Measures;

/// <summary>Rates in equal windows since the start of a server, each at the end of its window, against the rate that lasts.</summary>
internal sealed class ColdStart(IReadOnlyList<CurvePoint> windows, double steadyFrom)
{
    /// <summary>The median of the windows that end after the time from which a server counts as warm.</summary>
    public double Steady { get; } = Statistics.Median(windows.Where(window => window.X > steadyFrom).Select(window => window.Y))
        ?? throw new BenchmarkException("no window was late enough to tell the steady rate");

    /// <summary>The rate around a moment, in the windows that end and begin there, as a share of the steady one.</summary>
    public double ShareAt(double seconds)
    {
        var next = windows.First(window => window.X > seconds);
        return windows.Where(window => window.X == seconds).Append(next).Average(window => window.Y) / Steady;
    }

    /// <summary>
    /// The end of the first window that reaches this share of the steady rate and is followed by another one that does; the end of all
    /// windows when there is none. One alone may be luck.
    /// </summary>
    public double TimeUntil(double share)
    {
        for (var at = 0; at + 1 < windows.Count; at++)
        {
            if (windows[at].Y >= share * Steady && windows[at + 1].Y >= share * Steady)
                return windows[at].X;
        }

        return windows[^1].X;
    }
}
