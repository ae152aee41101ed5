using Stork.EngineIO.WebSockets;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>Broken streams, grown from good and bad ones by seeded mutations: nothing but a violation may come of them.</summary>
public sealed class WebSocketFuzzTests
{
    private const int Rounds = 200;
    private const int LargestOriginal = 2000;
    private const int MaxMessageSize = 3000;
    private const int MostHeld = 4 * 4096;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Ends_in_messages_or_a_violation_and_the_same_however_cut(int seed)
    {
        var originals = ReaderCases.All.Values.Select(test => test.Bytes).Where(bytes => bytes.Length <= LargestOriginal).ToArray();
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Mutate(random, originals);
            var expectMasked = random.Next(4) > 0;
            var pieceSize = random.Next(1, 20);
            var input = $"round {round} of seed {seed}: {Convert.ToHexString(bytes)}";
            var run = Task.Run(() => Check(bytes, expectMasked, pieceSize, input));
            await run.Within(input);
        }
    }

    [Fact]
    public async Task Survives_noise()
    {
        var random = new Random(1);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            // Most noise dies in the first byte; let it come further now and then.
            for (var i = 0; i < bytes.Length && random.Next(3) > 0; i++)
                bytes[i] &= (byte)(i == 0 ? 0x8F : 0xFF);
            var input = $"round {round}: {Convert.ToHexString(bytes)}";
            var run = Task.Run(() => Check(bytes, random.Next(2) == 0, 1 + (round % 9), input));
            await run.Within(input);
        }
    }

    private static void Check(byte[] bytes, bool expectMasked, int pieceSize, string input)
    {
        var whole = Transcript.OfWhole(bytes, MaxMessageSize, expectMasked);
        using var reader = new WebSocketMessageReader(MaxMessageSize, expectMasked);

        Transcript.Of(reader, Segments.Cut(bytes, pieceSize)).ShouldBe(whole, input);

        reader.HeldBytes.ShouldBeLessThanOrEqualTo(MostHeld, input);
    }

    private static byte[] Mutate(Random random, byte[][] originals)
    {
        var bytes = new List<byte>();
        for (var parts = random.Next(1, 4); parts > 0; parts--)
            bytes.AddRange(originals[random.Next(originals.Length)]);

        for (var changes = random.Next(1, 6); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xFF;
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 5:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[random.Next(Math.Min(2, bytes.Count))] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }
}
