using System.Text;
using Stork.EngineIO.WebSockets;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets.Compression;

/// <summary>
/// Streams of compressed and other messages, whole and mutated: nothing but messages within the limit and a violation may come of them,
/// and the same however they are cut.
/// </summary>
public sealed class InflatingFuzzTests
{
    private const int Rounds = 100;
    private const int MaxMessageSize = 3000;
    private const int MostHeld = 4 * 4096;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Ends_in_messages_or_a_violation_and_the_same_however_cut(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = ClientFrame.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => Part(random)));
            if (random.Next(4) > 0) Mutate(random, bytes);
            if (random.Next(4) == 0) bytes = bytes[..random.Next(bytes.Length + 1)];
            var takesOver = random.Next(2) == 0;
            var pieceSize = random.Next(1, 20);
            var input = $"round {round} of seed {seed}, takeover {takesOver}: {Convert.ToHexString(bytes)}";
            var run = Task.Run(() => Check(bytes, takesOver, pieceSize, input));
            await run.Within(input);
        }
    }

    private static void Check(byte[] bytes, bool takesOver, int pieceSize, string input)
    {
        using var first = CreateReader(takesOver);
        using var second = CreateReader(takesOver);
        var whole = Transcript.Of(first, [bytes]);

        Transcript.Of(second, Segments.Cut(bytes, pieceSize)).ShouldBe(whole, input);

        first.HeldBytes.ShouldBeLessThanOrEqualTo(MostHeld, input);
        second.HeldBytes.ShouldBeLessThanOrEqualTo(MostHeld, input);
    }

    private static WebSocketMessageReader CreateReader(bool takesOver) =>
        new(MaxMessageSize, inflater: new MessageInflater(15, takesOver));

    private static byte[] Part(Random random)
    {
        var payload = Payload(random);
        switch (random.Next(5))
        {
            case 0:
                return ClientFrame.Of(WebSocketOpcode.Ping, "?"u8);
            case 1:
                return ClientFrame.Text("plain");
            case 2 when payload.Length > 1:
                var cut = random.Next(payload.Length);
                return
                [
                    .. DeflatedFrame.Of(WebSocketOpcode.Text, payload.AsSpan(0, cut), fin: false),
                    .. ClientFrame.Of(WebSocketOpcode.Continuation, payload.AsSpan(cut)),
                ];
            default:
                return DeflatedFrame.Of(random.Next(2) == 0 ? WebSocketOpcode.Text : WebSocketOpcode.Binary, payload);
        }
    }

    private static byte[] Payload(Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                var noise = new byte[random.Next(40)];
                random.NextBytes(noise);
                return noise;
            case 1:
                return Convert.FromHexString("F348CDC9C9070000");
            case 2:
                return Convert.FromHexString("F200110000");
            case 3:
                return Convert.FromHexString("000000FFFF00");
            default:
                var text = new StringBuilder();
                var length = random.Next(MaxMessageSize + (MaxMessageSize / 10));
                while (text.Length < length) text.Append((char)random.Next(32, 127), random.Next(1, 30));
                return DeflatedFrame.Deflate(Encoding.ASCII.GetBytes(text.ToString()));
        }
    }

    private static void Mutate(Random random, byte[] bytes)
    {
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            if (random.Next(2) == 0) bytes[at] ^= (byte)(1 << random.Next(8));
            else bytes[at] = (byte)random.Next(256);
        }
    }
}
