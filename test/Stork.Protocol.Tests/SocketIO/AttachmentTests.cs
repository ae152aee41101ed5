namespace Stork.Protocol.Tests.SocketIO;

public class AttachmentTests
{
    private const string Placeholder = "{\"_placeholder\":true,\"num\":0}";

    [Fact]
    public void Come_in_order_after_the_text()
    {
        var packet = Wire.Decode(
            "52-/admin,456[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]", [3, 2, 1], [4, 5, 6]);

        Wire.Text(packet.Namespace).ShouldBe("/admin");
        packet.AckId.ShouldBe(456);
        Wire.Text(packet.EventName).ShouldBe("a");
        Wire.Text(packet.Payload).ShouldBe("[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
        packet.Attachments.Select(a => a.ToArray()).ShouldBe(new byte[][] { [3, 2, 1], [4, 5, 6] });
    }

    [Fact]
    public void May_be_empty_and_as_many_as_the_limit()
    {
        var packet = Wire.Decode("510-[\"a\"]", [.. Enumerable.Repeat(Array.Empty<byte>(), 10)]);

        packet.Attachments.Length.ShouldBe(10);
        packet.Attachments.ShouldAllBe(a => a.IsEmpty);
    }

    [Fact]
    public void Need_no_placeholder() => Wire.Decode("51-[\"a\"]", [[1]]).Attachments.Length.ShouldBe(1);

    [Theory]
    [InlineData("5[\"a\"]")]
    [InlineData("5")]
    [InlineData("5-[\"a\"]")]
    [InlineData("50-[\"a\"]")]
    [InlineData("500-[\"a\"]")]
    [InlineData("51[\"a\"]")]
    [InlineData("51")]
    [InlineData("5-1-[\"a\"]")]
    [InlineData("5+1-[\"a\"]")]
    [InlineData("51.0-[\"a\"]")]
    [InlineData("51e0-[\"a\"]")]
    [InlineData("5 1-[\"a\"]")]
    [InlineData("5NaN-[\"a\"]")]
    [InlineData("5Infinity-[\"a\"]")]
    [InlineData("5/x,1-[\"a\"]")]
    [InlineData("5999[\"a\"]")]
    [InlineData("6[]")]
    [InlineData("60-[]")]
    [InlineData("61[]")]
    public void Need_a_number_of_at_least_one_and_a_dash(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.IllegalAttachment);

    [Theory]
    [InlineData("511-[\"a\"]")]
    [InlineData("5100-[\"a\"]")]
    [InlineData("54294967297-[\"a\"]")]
    [InlineData("518446744073709551617-[\"a\"]")]
    [InlineData("599999999999999999999999999999999-[\"a\"]")]
    [InlineData("611-[]")]
    public void Must_not_be_more_than_the_limit(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.TooManyAttachments);

    [Fact]
    public void Can_be_refused_altogether() =>
        Wire.ErrorOf("51-[\"a\"]", new ProtocolLimits { MaxAttachments = 0 }).ShouldBe(ProtocolError.TooManyAttachments);

    [Theory]
    [InlineData("51-")]
    [InlineData("51-{}")]
    [InlineData("51-[]")]
    [InlineData("51-[" + Placeholder + "]")]
    [InlineData("51-[\"a\"")]
    [InlineData("51-450-[\"a\"]")]
    [InlineData("61-")]
    [InlineData("61-{}")]
    public void Come_with_a_payload_of_the_same_shape_as_without(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Fact]
    public void Are_refused_when_none_is_due()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);

        ErrorOfBinary(decoder, [1, 2, 3]).ShouldBe(ProtocolError.UnexpectedBinary);
        decoder.TryDecode(Wire.Utf8("2[\"a\"]"), out _).ShouldBeTrue();
        ErrorOfBinary(decoder, []).ShouldBe(ProtocolError.UnexpectedBinary);
    }

    [Fact]
    public void Are_refused_after_the_last_one()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        decoder.TryDecode(Wire.Utf8("51-[\"a\"]"), out _).ShouldBeFalse();
        decoder.TryDecodeBinary(Array.Empty<byte>(), out _).ShouldBeTrue();

        ErrorOfBinary(decoder, []).ShouldBe(ProtocolError.UnexpectedBinary);
    }

    [Theory]
    [InlineData("2[\"b\"]")]
    [InlineData("51-[\"b\"]")]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("nonsense")]
    public void Leave_no_room_for_a_text_between(string text)
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        decoder.TryDecode(Wire.Utf8("52-[\"a\"]"), out _).ShouldBeFalse();
        decoder.TryDecodeBinary(new byte[] { 1 }, out _).ShouldBeFalse();

        Should.Throw<ProtocolException>(() => decoder.TryDecode(Wire.Utf8(text), out _)).Error.ShouldBe(ProtocolError.UnexpectedText);
        decoder.IsWaitingForAttachments.ShouldBeFalse();
    }

    [Fact]
    public void Are_forgotten_by_a_reset()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        decoder.TryDecode(Wire.Utf8("52-[\"a\"]"), out _).ShouldBeFalse();
        decoder.TryDecodeBinary(new byte[] { 1 }, out _).ShouldBeFalse();

        decoder.Reset();

        decoder.IsWaitingForAttachments.ShouldBeFalse();
        decoder.TryDecode(Wire.Utf8("51-[\"b\"]"), out _).ShouldBeFalse();
        decoder.TryDecodeBinary(new byte[] { 2 }, out var packet).ShouldBeTrue();
        packet.Attachments.ShouldHaveSingleItem().ToArray().ShouldBe([2]);
    }

    [Fact]
    public void Make_the_packet_own_its_memory()
    {
        var text = "51-/nsp,[\"name\"]"u8.ToArray();
        var data = new byte[] { 1, 2, 3 };
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        decoder.TryDecode(text, out _).ShouldBeFalse();
        Array.Clear(text);
        decoder.TryDecodeBinary(data, out var packet).ShouldBeTrue();
        Array.Clear(data);

        Wire.Text(packet.Namespace).ShouldBe("/nsp");
        Wire.Text(packet.EventName).ShouldBe("name");
        Wire.Text(packet.Payload).ShouldBe("[\"name\"]");
        packet.Attachments[0].ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Of_one_packet_are_not_those_of_the_next()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        decoder.TryDecode(Wire.Utf8("51-[\"a\"]"), out _).ShouldBeFalse();
        decoder.TryDecodeBinary(new byte[] { 1 }, out var first).ShouldBeTrue();
        decoder.TryDecode(Wire.Utf8("51-[\"b\"]"), out _).ShouldBeFalse();
        decoder.TryDecodeBinary(new byte[] { 2 }, out var second).ShouldBeTrue();

        first.Attachments[0].ToArray().ShouldBe([1]);
        second.Attachments[0].ToArray().ShouldBe([2]);
    }

    private static ProtocolError ErrorOfBinary(PacketDecoder decoder, byte[] data) =>
        Should.Throw<ProtocolException>(() => decoder.TryDecodeBinary(data, out _)).Error;
}
