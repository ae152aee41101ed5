using System.Diagnostics;
using System.Numerics;

namespace Stork.Bench.Measures;

/// <summary>Counts durations in buckets about 1.6 % wide, so that recording one costs a few nanoseconds and no memory.</summary>
internal sealed class LatencyHistogram
{
    // A value's bucket: its 6 bits after the leading one, per power of two.
    private const int SubBits = 6;
    private const int SubBuckets = 1 << SubBits;

    private readonly long[] _counts = new long[64 * SubBuckets];

    public long Count { get; private set; }

    public void Record(long ticks)
    {
        _counts[Bucket((ulong)Math.Max(ticks, 0))]++;
        Count++;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>The duration, in microseconds, that this share of the recorded ones did not exceed.</summary>
    public double Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= wanted && seen > 0)
                return LowerBound(bucket) * 1e6 / Stopwatch.Frequency;
        }

        return 0;
    }

    private static int Bucket(ulong value)
    {
        if (value < SubBuckets)
            return (int)value;
        var shift = BitOperations.Log2(value) - SubBits;
        return ((shift + 1) << SubBits) + (int)(value >> shift) - SubBuckets;
    }

    private static double LowerBound(int bucket)
    {
        if (bucket < SubBuckets)
            return bucket;
        var shift = (bucket >> SubBits) - 1;
        return Math.ScaleB(SubBuckets + (bucket & (SubBuckets - 1)), shift);
    }
}
