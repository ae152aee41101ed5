using System.Diagnostics.Metrics;

namespace Stork.Diagnostics;

/// <summary>
/// Measures without a risk: those who listen to a meter are the application's, and are called where it is measured. What they throw
/// concerns nobody else.
/// </summary>
internal static class BestEffort
{
#pragma warning disable CA1031 // That is what this class is for.
    public static void Add(Counter<long> counter, long value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter.Add(value, tags);
        }
        catch (Exception)
        {
            // Not measured.
        }
    }

    public static void Add(UpDownCounter<long> counter, long value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter.Add(value, tags);
        }
        catch (Exception)
        {
            // Not measured.
        }
    }

    public static void Record(Histogram<double> histogram, double value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            histogram.Record(value, tags);
        }
        catch (Exception)
        {
            // Not measured.
        }
    }
#pragma warning restore CA1031
}
