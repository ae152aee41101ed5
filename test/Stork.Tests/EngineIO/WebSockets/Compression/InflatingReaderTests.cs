using System.Buffers;
using System.Text;
using Stork.EngineIO;
using Stork.EngineIO.Transports;
using Stork.EngineIO.WebSockets;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Protocol;
using Stork.Wire;
using static Stork.Wire.WebSocketOpcode;

namespace Stork.Tests.EngineIO.WebSockets.Compression;

public sealed class InflatingReaderTests
{
    private const int Limit = 1 << 20;
    private const string Hello = "Text 48656C6C6F";

    // RFC 7692, 7.2.3.1 to 7.2.3.5, with the masks that clients need.
    public static TheoryData<string, string> Examples => new()
    {
        { "one block", "F248CDC9C90700" },
        { "one block that is not compressed", "000500FAFF48656C6C6F00" },
        { "a final block", "F348CDC9C9070000" },
        { "two blocks", "F248050000 00FFFFCAC9C90700" },
        { "two blocks of which one is stored", "000200FDFF4865 000300FCFF6C6C6F 00" },
        { "a final block and nothing behind it", "F348CDC9C90700" },
        { "an empty block in front", "000000FFFFF248CDC9C90700" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void Reads_the_examples_of_the_RFC(string what, string payload)
    {
        foreach (var takesOver in (bool[])[false, true])
            Read(Compressed(Text, FromHex(payload)), takesOver).ShouldBe([Hello, "left 0"], what);
    }

    [Fact]
    public void Reads_the_second_of_two_equal_messages_from_the_window_if_it_was_agreed_upon()
    {
        var bytes = ClientFrame.Concat(Compressed(Text, FromHex("F248CDC9C90700")), Compressed(Text, FromHex("F200110000")));

        Read(bytes, takesOver: true).ShouldBe([Hello, Hello, "left 0"]);
        Read(bytes, takesOver: false).ShouldBe([Hello, "violation 1007"]);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("")]
    [InlineData("0300")]
    [InlineData("000000FFFF000000FFFF00")]
    public void Reads_an_empty_message(string payload) => Read(Compressed(Binary, FromHex(payload))).ShouldBe(["Binary ", "left 0"]);

    [Theory]
    [InlineData("FF")]
    [InlineData("FFFF")]
    [InlineData("0600")]
    [InlineData("03")]
    [InlineData("000500FAFF4865")]
    [InlineData("000500FBFF48656C6C6F00")]
    [InlineData("F348CDC9C907000000")]
    [InlineData("F348CDC9C9070001")]
    [InlineData("F348CDC9C90700F248CDC9C90700")]
    [InlineData("F348CDC9C90700F348CDC9C9070000")]
    public void Refuses_what_cannot_be_inflated(string payload) => Read(Compressed(Binary, FromHex(payload))).ShouldBe(["violation 1007"]);

    [Fact]
    public void Goes_on_reading_others_after_one_that_cannot_be_inflated()
    {
        Read(Compressed(Text, FromHex("FFFF"))).ShouldBe(["violation 1007"]);
        Read(Compressed(Text, FromHex("F248CDC9C90700"))).ShouldBe([Hello, "left 0"]);
    }

    [Fact]
    public void Reads_messages_of_fragments_with_control_frames_between_and_others_that_are_not_compressed()
    {
        var payload = FromHex("F248CDC9C90700");
        var bytes = ClientFrame.Concat(
            Compressed(Text, payload.AsSpan(0, 3), fin: false),
            ClientFrame.Of(Ping, "?"u8),
            ClientFrame.Of(Continuation, [], fin: false),
            ClientFrame.Of(Continuation, payload.AsSpan(3)),
            ClientFrame.Text("plain"),
            ClientFrame.Text("pl", fin: false),
            ClientFrame.Of(Continuation, "ain"u8),
            Compressed(Text, payload));
        string[] expected = [Transcript.Describe(Ping, "?"u8), Hello, Plain, Plain, Hello, "left 0"];

        Read(bytes).ShouldBe(expected);
        foreach (var size in (int[])[1, 2, 3, 7]) Read(Segments.Cut(bytes, size), takesOver: true).ShouldBe(expected);
    }

    [Theory]
    [InlineData(0x40, Continuation)]
    [InlineData(0x40, Ping)]
    [InlineData(0x40, Pong)]
    [InlineData(0x40, Close)]
    [InlineData(0x20, Text)]
    [InlineData(0x10, Text)]
    [InlineData(0x60, Text)]
    [InlineData(0x50, Binary)]
    [InlineData(0x70, Binary)]
    internal void Refuses_the_bit_where_it_does_not_belong_and_the_other_bits_anywhere(int bits, WebSocketOpcode opcode)
    {
        var bytes = ClientFrame.Raw(0x80 | bits | (int)opcode, 0, 0, [], ClientFrame.DefaultKey);
        if (opcode == Continuation) bytes = ClientFrame.Concat(Compressed(Text, FromHex("F2"), fin: false), bytes);

        Read(bytes).ShouldBe(["violation 1002"]);
    }

    [Fact]
    public void Refuses_compressed_messages_that_were_not_agreed_upon()
    {
        var lines = Transcript.OfWhole(Compressed(Text, FromHex("F248CDC9C90700")));

        lines.ShouldHaveSingleItem().ShouldStartWith("violation 1002");
    }

    [Fact]
    public void Looks_at_the_text_that_it_inflated() =>
        Read(Compressed(Text, Deflate([0x48, 0xFF, 0xFE]))).ShouldBe(["violation 1007"]);

    [Fact]
    public void Reads_a_message_of_the_greatest_length_and_none_of_one_byte_more()
    {
        foreach (var length in (int[])[4095, 4096, 4097, 65_536, Limit - 1, Limit])
            Read(Compressed(Binary, Deflate(new byte[length]))).ShouldBe([Transcript.Describe(Binary, new byte[length]), "left 0"]);
        Read(Compressed(Binary, Deflate(new byte[Limit + 1]))).ShouldBe(["violation 1009"]);
    }

    [Fact]
    public void Windows_of_any_size_are_read()
    {
        var random = new Random(1);
        var message = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 5_000).Select(_ => $"{random.Next(300)},")));
        for (var bits = PerMessageDeflateOptions.LeastWindowBits; bits <= PerMessageDeflateOptions.MostWindowBits; bits++)
        {
            using var deflater = new MessageDeflater(bits, takesOver: true);
            using var reader = new WebSocketMessageReader(Limit, expectMasked: false, new MessageInflater(bits, takesOver: true));
            for (var i = 0; i < 3; i++)
            {
                var frame = deflater.Deflate(message, isBinary: true);
                frame[0].ShouldBe((byte)0xC2);
                Transcript.Of(reader, new ReadOnlySequence<byte>(frame)).ShouldBe([Transcript.Describe(Binary, message), "left 0"]);
            }
        }
    }

    [Fact]
    public void A_reference_from_beyond_the_window_that_was_agreed_upon_is_refused()
    {
        var random = new Random(1);
        var noise = new byte[3_000];
        random.NextBytes(noise);
        // What repeats is 3,000 bytes back, further than 9 bits reach.
        byte[] message = [.. noise, .. noise];
        using var reader = new WebSocketMessageReader(Limit, inflater: new MessageInflater(9, takesOver: true));

        Violations(Transcript.Of(reader, [Compressed(Binary, Deflate(message))])).ShouldBe(["violation 1007"]);
    }

    [Fact]
    public void A_message_that_is_left_to_another_thread_is_inflated_there_alone()
    {
        using var reader = new WebSocketMessageReader(Limit, inflater: new MessageInflater(15, takesOver: true));
        using var deflater = new MessageDeflater(15, takesOver: true);
        var random = new Random(1);
        // Each refers to the one before the last but one: what is inflated twice moves what they refer to.
        string[] texts = [Noise(random, 1_000), Noise(random, 1_500), Noise(random, 800)];
        for (var i = 0; i < 9; i++)
        {
            var text = Encoding.ASCII.GetBytes($"42[\"{texts[i % texts.Length]}\"]");
            var frame = DeflatedFrame.OfServers(deflater.Deflate(text, isBinary: false));
            var buffer = new ReadOnlySequence<byte>(frame);

            reader.TryRead(ref buffer, new WithHandlers(), out _, out var isLeft).ShouldBeFalse();

            isLeft.ShouldBeTrue();
            buffer.Length.ShouldBe(frame.Length);
            reader.TryRead(ref buffer, asked: null, out var message, out isLeft).ShouldBeTrue();
            isLeft.ShouldBeFalse();
            Encoding.ASCII.GetString(message.Payload.Span).ShouldBe(Encoding.ASCII.GetString(text));
        }
    }

    private static string Noise(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }

    private static string Plain => Transcript.Describe(Text, "plain"u8);

    private static string[] Read(byte[] bytes, bool takesOver = false) => Read([bytes], takesOver);

    private static string[] Read(IReadOnlyList<ReadOnlyMemory<byte>> pieces, bool takesOver)
    {
        using var reader = new WebSocketMessageReader(Limit, inflater: new MessageInflater(15, takesOver));
        return Violations(Transcript.Of(reader, pieces));
    }

    private static string[] Violations(string[] lines) =>
        [.. lines.Select(static line => line.StartsWith("violation", StringComparison.Ordinal) ? line.Split(':')[0] : line)];

    private static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Compressed(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool fin = true) =>
        DeflatedFrame.Of(opcode, payload, fin);

    private static byte[] Deflate(byte[] message) => DeflatedFrame.Deflate(message);

    /// <summary>Has a handler for everything.</summary>
    private sealed class WithHandlers : IEngineListener
    {
        public void OnMessage(in EnginePacket packet)
        {
        }

        public void OnClosed(DisconnectReason reason, string? details)
        {
        }

        public ValueTask WaitForCapacityAsync() => ValueTask.CompletedTask;
    }
}
