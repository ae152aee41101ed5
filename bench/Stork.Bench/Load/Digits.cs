namespace Stork.Bench.Load;

/// <summary>Numbers of a fixed width inside received packets.</summary>
internal static class Digits
{
    /// <summary>The number these digits spell, or -1 when one of them is none.</summary>
    public static int Parse(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        foreach (var character in digits)
        {
            var digit = (uint)(character - '0');
            if (digit > 9)
                return -1;
            value = (value * 10) + (int)digit;
        }

        return value;
    }
}
