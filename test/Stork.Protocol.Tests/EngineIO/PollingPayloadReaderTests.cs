namespace Stork.Protocol.Tests.EngineIO;

public class PollingPayloadReaderTests
{
    // Bodies as engine.io-parser writes them; the expected packets as <type>:<payload>, binary ones as b:<hex>.
    [Theory]
    [InlineData("4hello", "4:hello")]
    [InlineData("4hello\u001e2\u001e4world", "4:hello 2: 4:world")]
    [InlineData("40\u001e42[\"a\"]\u001ebAQIDBA==", "4:0 4:2[\"a\"] b:01020304")]
    [InlineData("4€€€\u001e6", "4:€€€ 6:")]
    [InlineData("b\u001eb", "b: b:")]
    [InlineData("bAQID\nBA==\n\u001e3", "b:01020304 3:")]
    [InlineData("1", "1:")]
    [InlineData("6\u001e1", "6: 1:")]
    public void Reads_the_packets_between_separators(string body, string expected) => ReadAll(body).ShouldBe(expected.Split(' '));

    [Fact]
    public void Stays_at_the_end()
    {
        var reader = new PollingPayloadReader(Wire.Utf8("6"), ProtocolLimits.Default);

        reader.TryRead(out _).ShouldBeTrue();
        reader.TryRead(out _).ShouldBeFalse();
        reader.TryRead(out var packet).ShouldBeFalse();
        packet.Payload.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Hands_out_slices_of_the_body()
    {
        var body = Wire.Utf8("4one\u001e4two");
        var reader = new PollingPayloadReader(body, ProtocolLimits.Default);

        reader.TryRead(out var first).ShouldBeTrue();
        reader.TryRead(out var second).ShouldBeTrue();

        first.Payload.Equals(body[1..4]).ShouldBeTrue();
        second.Payload.Equals(body[6..]).ShouldBeTrue();
    }

    [Theory]
    [InlineData("", "", ProtocolError.EmptyPacket)]
    [InlineData("\u001e", "", ProtocolError.EmptyPacket)]
    [InlineData("4a\u001e", "4:a", ProtocolError.EmptyPacket)]
    [InlineData("\u001e4a", "", ProtocolError.EmptyPacket)]
    [InlineData("4a\u001e\u001e4b", "4:a", ProtocolError.EmptyPacket)]
    [InlineData("abc", "", ProtocolError.UnknownPacketType)]
    [InlineData("4a\u001e7\u001e4b", "4:a", ProtocolError.UnknownPacketType)]
    [InlineData("4a,4b\u001e 4c", "4:a,4b", ProtocolError.UnknownPacketType)]
    [InlineData("2:4a", "2::4a", null)]
    [InlineData("4a\u001ebA", "4:a", ProtocolError.InvalidBase64)]
    [InlineData("bAQ==\u001ebAQ", "b:01", ProtocolError.InvalidBase64)]
    public void Hands_out_what_came_before_a_malformed_packet(string body, string expected, ProtocolError? error)
    {
        var read = new List<string>();
        if (error is null)
            ReadAll(body, read);
        else
            Should.Throw<ProtocolException>(() => ReadAll(body, read)).Error.ShouldBe(error.Value);

        string.Join(' ', read).ShouldBe(expected);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'4', 0xff })]
    [InlineData(new byte[] { (byte)'4', 0xc3 })]
    [InlineData(new byte[] { (byte)'4', 0xc0, 0x80 })]
    [InlineData(new byte[] { (byte)'4', 0xed, 0xa0, 0x80 })]
    [InlineData(new byte[] { (byte)'4', 0xf4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { (byte)'4', 0xc3, 0x1e, (byte)'4', 0xa9 })]
    [InlineData(new byte[] { (byte)'4', (byte)'a', 0x1e, (byte)'4', 0x80 })]
    public void Refuses_a_body_that_is_not_utf8_before_the_first_packet(byte[] body)
    {
        var reader = new PollingPayloadReader(body, ProtocolLimits.Default);
        var error = ProtocolError.None;
        try
        {
            reader.TryRead(out _);
        }
        catch (ProtocolException e)
        {
            error = e.Error;
        }

        error.ShouldBe(ProtocolError.InvalidUtf8);
    }

    [Fact]
    public void Reads_as_many_packets_as_the_limit_and_not_one_more()
    {
        var limits = new ProtocolLimits { MaxPacketsPerPayload = 3 };
        var read = new List<string>();

        ReadAll("6\u001e6\u001e6", limits: limits).Count.ShouldBe(3);
        Should.Throw<ProtocolException>(() => ReadAll("6\u001e6\u001e6\u001e6", read, limits)).Error.ShouldBe(ProtocolError.TooManyPackets);
        read.Count.ShouldBe(3);
    }

    [Fact]
    public void Ends_a_flood_of_tiny_packets_at_the_default_limit()
    {
        var read = new List<string>();
        var body = string.Join('\u001e', Enumerable.Repeat('6', 500_000));

        Should.Throw<ProtocolException>(() => ReadAll(body, read)).Error.ShouldBe(ProtocolError.TooManyPackets);
        read.Count.ShouldBe(250_000);
    }

    [Fact]
    public void Ends_a_flood_of_empty_packets_at_the_first()
    {
        var read = new List<string>();

        Should.Throw<ProtocolException>(() => ReadAll(new string('\u001e', 1_000_000), read)).Error.ShouldBe(ProtocolError.EmptyPacket);
        read.ShouldBeEmpty();
    }

    [Fact]
    public void A_reader_nobody_made_reads_nothing()
    {
        static bool Read()
        {
            var reader = default(PollingPayloadReader);
            return reader.TryRead(out _);
        }

        Should.Throw<ProtocolException>(() => Read());
    }

    [Fact]
    public void Needs_limits() => Should.Throw<ArgumentNullException>(() => new PollingPayloadReader(default, null!));

    private static List<string> ReadAll(string body, List<string>? into = null, ProtocolLimits? limits = null)
    {
        var packets = into ?? [];
        var reader = new PollingPayloadReader(Wire.Utf8(body), limits ?? ProtocolLimits.Default);
        while (reader.TryRead(out var packet))
        {
            packets.Add(packet.IsBinary
                ? "b:" + Convert.ToHexString(packet.Payload.Span)
                : $"{(int)packet.Type}:{Wire.Text(packet.Payload)}");
        }

        return packets;
    }
}
