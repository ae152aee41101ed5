namespace Stork.Bench.Reports.Charts;

/// <summary>Where a value lies between the ends of an axis, and which values are written at it.</summary>
/// <param name="lowest">At the start of the axis; above zero where it is logarithmic.</param>
/// <param name="highest">At its end.</param>
/// <param name="isLogarithmic">Whether equal distances are equal factors.</param>
internal sealed class Scale(double lowest, double highest, bool isLogarithmic)
{
    private const int MostSteps = 5;

    /// <summary>A scale from zero that ends at a round number.</summary>
    public static Scale FromZero(double highest)
    {
        var step = Step(highest);
        return new Scale(0, Math.Max(1, Math.Ceiling(highest / step)) * step, isLogarithmic: false);
    }

    /// <summary>0 at the start of the axis, 1 at its end.</summary>
    public double Place(double value)
    {
        var (from, to, at) = isLogarithmic ? (Math.Log10(lowest), Math.Log10(highest), Math.Log10(value)) : (lowest, highest, value);
        return to > from ? (at - from) / (to - from) : 0;
    }

    public IEnumerable<double> Marks()
    {
        if (isLogarithmic)
        {
            for (var power = Math.Ceiling(Math.Log10(lowest)); power <= Math.Log10(highest) + 1e-9; power++)
                yield return Math.Pow(10, power);
            yield break;
        }

        var step = Step(highest - lowest);
        for (var index = Math.Ceiling(lowest / step); index * step <= highest * (1 + 1e-9); index++)
            yield return index * step;
    }

    // 1, 2 or 5 times a power of ten, so that there are five steps at most.
    private static double Step(double span)
    {
        if (span <= 0)
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(span / MostSteps)));
        double[] steps = [power, 2 * power, 5 * power, 10 * power];
        return steps.First(step => span / step <= MostSteps + 1e-9);
    }
}
