using System.Diagnostics;
using System.Text;

namespace Stork.Protocol.Tests.Fuzzing;

/// <summary>
/// Feeds mutated inputs to a parser. Each must be read or refused with a <see cref="ProtocolException"/>, in reasonable time and with
/// memory in proportion to its length. STORK_FUZZ_SEED and STORK_FUZZ_INPUTS repeat a failure and make longer runs.
/// </summary>
internal static class FuzzRun
{
    private const int AllocationsApart = 128 * 1024; // an exception and its stack trace
    private static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(10);

    private static readonly int Seed = FromEnvironment("STORK_FUZZ_SEED", 20_260_101);
    private static readonly int Inputs = FromEnvironment("STORK_FUZZ_INPUTS", 10_000);

    /// <summary>Runs a parser over many inputs.</summary>
    /// <param name="corpus">What to mutate.</param>
    /// <param name="parse">The parser under test. It is measured. Its result goes to the check.</param>
    /// <param name="check">Looks at what the parser made of the input, or at null when it was refused.</param>
    /// <param name="allocationsPerByte">Bytes that may be allocated per byte of input, next to what an exception takes.</param>
    public static void Over<T>(byte[][] corpus, Func<byte[], Random, T> parse, Action<byte[], T?> check, int allocationsPerByte = 8)
        where T : class
    {
        var accepted = 0;
        for (var i = 0; i < Inputs; i++)
        {
            var random = new Random(Seed + i);
            var input = new Mutator(corpus, random).Next();
            try
            {
                var result = Measure(() => parse(input, random), AllocationsApart + ((long)allocationsPerByte * input.Length));
                check(input, result);
                accepted += result is null ? 0 : 1;
            }
            catch (Exception e)
            {
                throw new ShouldAssertException($"STORK_FUZZ_SEED={Seed + i} STORK_FUZZ_INPUTS=1, input {Show(input)}", e);
            }
        }

        // A run that refuses everything, or nothing, tests half a parser.
        if (Inputs >= 1_000)
            accepted.ShouldBeInRange(Inputs / 100, Inputs - (Inputs / 100));
    }

    private static T? Measure<T>(Func<T> parse, long mostAllocated)
        where T : class
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        T? result;
        try
        {
            result = parse();
        }
        catch (ProtocolException)
        {
            result = null;
        }

        clock.Elapsed.ShouldBeLessThan(LongestInput);
        (GC.GetAllocatedBytesForCurrentThread() - allocated).ShouldBeLessThan(mostAllocated);
        return result;
    }

    private static string Show(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input.AsSpan(0, Math.Min(input.Length, 500)));
        return $"({input.Length} bytes) " + string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c.ToString() : $"\\x{(int)c:x2}"));
    }

    private static int FromEnvironment(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : fallback;
}
