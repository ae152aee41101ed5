namespace Stork.Protocol.Tests.SocketIO;

public class PacketLimitTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1_000)]
    public void Arrays_may_be_nested_as_deeply_as_the_limit_and_no_deeper(int depth)
    {
        var limits = new ProtocolLimits { MaxJsonDepth = depth };

        Wire.Decode("31" + Arrays(depth), limits).IsAck.ShouldBeTrue();
        Wire.ErrorOf("31" + Arrays(depth + 1), limits).ShouldBe(ProtocolError.TooDeep);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(1_000)]
    public void Objects_count_like_arrays(int depth)
    {
        var limits = new ProtocolLimits { MaxJsonDepth = depth };

        Wire.Decode("0" + Objects(depth), limits).Type.ShouldBe(PacketType.Connect);
        Wire.ErrorOf("0" + Objects(depth + 1), limits).ShouldBe(ProtocolError.TooDeep);
    }

    [Fact]
    public void The_default_depth_is_64()
    {
        Wire.Decode("2[\"a\"," + Arrays(63) + "]").IsEvent.ShouldBeTrue();
        Wire.ErrorOf("2[\"a\"," + Arrays(64) + "]").ShouldBe(ProtocolError.TooDeep);
    }

    [Theory]
    [InlineData("2[\"a\",", "[")]
    [InlineData("31[", "[")]
    [InlineData("0", "{\"a\":")]
    [InlineData("51-[\"a\",", "{\"_placeholder\":")]
    [InlineData("51-[\"a\",", "[{\"num\":")]
    public void A_million_levels_are_refused_like_one_too_many(string start, string level)
    {
        var limits = new ProtocolLimits { MaxPacketSize = 20_000_000, MaxJsonDepth = 1_000 };
        Wire.ErrorOf(start + string.Concat(Enumerable.Repeat(level, 1_000_000)), limits).ShouldBe(ProtocolError.TooDeep);
    }

    [Fact]
    public void Breadth_is_not_depth() =>
        Wire.Decode("2[\"a\"" + string.Concat(Enumerable.Repeat(",[{\"b\":[]}]", 50_000)) + "]").IsEvent.ShouldBeTrue();

    [Fact]
    public void A_text_may_have_as_many_bytes_as_the_limit()
    {
        var limits = new ProtocolLimits { MaxPacketSize = 10 };

        Wire.Decode("2[\"aaaaa\"]", limits).IsEvent.ShouldBeTrue();
        Wire.ErrorOf("2[\"aaaaaa\"]", limits).ShouldBe(ProtocolError.TooLarge);
        Wire.ErrorOf("2[\"ééé\"] ", limits).ShouldBe(ProtocolError.TooLarge);
    }

    [Fact]
    public void Size_is_looked_at_before_content() =>
        Wire.ErrorOf(new string('x', 11), new ProtocolLimits { MaxPacketSize = 10 }).ShouldBe(ProtocolError.TooLarge);

    [Theory]
    [InlineData(5, 6, false)]
    [InlineData(11, 0, false)]
    [InlineData(0, 11, false)]
    [InlineData(12, 0, true)]
    [InlineData(5, 7, true)]
    [InlineData(11, 1, true)]
    public void Text_and_attachments_share_the_limit(int first, int second, bool tooLarge)
    {
        var decoder = new PacketDecoder(new ProtocolLimits { MaxPacketSize = 19 });
        decoder.TryDecode(Wire.Utf8("52-[\"a\"]"), out _).ShouldBeFalse(); // 8 bytes

        void Send()
        {
            decoder.TryDecodeBinary(new byte[first], out _).ShouldBeFalse();
            decoder.TryDecodeBinary(new byte[second], out _).ShouldBeTrue();
        }

        if (tooLarge)
            Should.Throw<ProtocolException>(Send).Error.ShouldBe(ProtocolError.TooLarge);
        else
            Send();
        decoder.IsWaitingForAttachments.ShouldBeFalse();
    }

    [Fact]
    public void The_room_for_one_packet_is_not_eaten_by_those_before()
    {
        var decoder = new PacketDecoder(new ProtocolLimits { MaxPacketSize = 100 });
        for (var i = 0; i < 50; i++)
        {
            decoder.TryDecode(Wire.Utf8("51-[\"a\"]"), out _).ShouldBeFalse();
            decoder.TryDecodeBinary(new byte[92], out _).ShouldBeTrue();
        }
    }

    [Fact]
    public void An_attacker_who_announces_attachments_makes_us_hold_no_more_than_the_limit()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        var attachment = new byte[600_000];
        decoder.TryDecode(Wire.Utf8("510-[\"a\"]"), out _).ShouldBeFalse();
        var before = GC.GetAllocatedBytesForCurrentThread();

        decoder.TryDecodeBinary(attachment, out _).ShouldBeFalse();
        Should.Throw<ProtocolException>(() => decoder.TryDecodeBinary(attachment, out _)).Error.ShouldBe(ProtocolError.TooLarge);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(ProtocolLimits.Default.MaxPacketSize);
        decoder.IsWaitingForAttachments.ShouldBeFalse();
    }

    private static string Arrays(int depth) => new string('[', depth) + new string(']', depth);

    private static string Objects(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);
}
