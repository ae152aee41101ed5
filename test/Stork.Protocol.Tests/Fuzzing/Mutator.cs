using System.Text;

namespace Stork.Protocol.Tests.Fuzzing;

/// <summary>Makes hostile inputs out of honest ones. The same random numbers make the same input.</summary>
internal sealed class Mutator(byte[][] corpus, Random random)
{
    private const int LargestInput = 100_000;

    private static readonly byte[] Telling = Encoding.ASCII.GetBytes("0123456789-+.,/[]{}\":\\ue \t\r\nbtfn_=\0\u001e\u007f");

    private static readonly string[] Fragments =
    [
        "[", "]", "{", "}", "\"", "\\u0000", "\\ud800", "\\", ",", "/", "-", "1-", "10-", "11-", "0-", "null", "true", "1e400", "-0",
        "\u001e", "b", "bAA==", "2147483647", "4294967296", "9007199254740992",
        "9223372036854775808", "18446744073709551616", "\"_placeholder\":true", "\"num\":1",
        "{\"_placeholder\":true,\"num\":0}", "\"connect\"", "☃", "😀", "\uFEFF",
    ];

    public byte[] Next()
    {
        var input = new List<byte>(Pick(corpus));
        for (var rounds = random.Next(6); rounds > 0; rounds--)
            Mutate(input);
        return [.. input.Take(LargestInput)];
    }

    private void Mutate(List<byte> input)
    {
        var at = random.Next(input.Count + 1);
        var length = random.Next(Math.Min(input.Count - at, 20) + 1);
        switch (random.Next(10))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)random.Next(256);
                break;
            case 2 when at < input.Count:
                input[at] = Pick(Telling);
                break;
            case 3:
                input.Insert(at, Pick(Telling));
                break;
            case 4:
                input.InsertRange(at, Encoding.UTF8.GetBytes(Pick(Fragments)));
                break;
            case 5:
                input.RemoveRange(at, length);
                break;
            case 6:
                input.RemoveRange(at, input.Count - at);
                break;
            case 7:
                input.InsertRange(at, Repeat(input.GetRange(at, length), random.Next(4) == 0 ? random.Next(2_000) : random.Next(4)));
                break;
            case 8:
                input.InsertRange(at, Pick(corpus).AsSpan(random.Next(2)).ToArray());
                break;
            default:
                var digits = input.FindIndex(Math.Min(at, Math.Max(0, input.Count - 1)), b => char.IsAsciiDigit((char)b));
                if (digits >= 0)
                    input.InsertRange(digits, Repeat([Pick(Telling[..10])], random.Next(30)));
                break;
        }
    }

    private T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private static IEnumerable<byte> Repeat(List<byte> bytes, int times) => Enumerable.Repeat(bytes, times).SelectMany(b => b);
}
