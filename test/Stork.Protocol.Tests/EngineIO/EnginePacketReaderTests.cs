namespace Stork.Protocol.Tests.EngineIO;

public class EnginePacketReaderTests
{
    [Theory]
    [InlineData("0{\"sid\":\"x\"}", EnginePacketType.Open, "{\"sid\":\"x\"}")]
    [InlineData("1", EnginePacketType.Close, "")]
    [InlineData("2", EnginePacketType.Ping, "")]
    [InlineData("2probe", EnginePacketType.Ping, "probe")]
    [InlineData("3", EnginePacketType.Pong, "")]
    [InlineData("3probe", EnginePacketType.Pong, "probe")]
    [InlineData("4", EnginePacketType.Message, "")]
    [InlineData("4hello", EnginePacketType.Message, "hello")]
    [InlineData("42[\"été ☃\"]", EnginePacketType.Message, "2[\"été ☃\"]")]
    [InlineData("44\u001e4", EnginePacketType.Message, "4\u001e4")]
    [InlineData("5", EnginePacketType.Upgrade, "")]
    [InlineData("6", EnginePacketType.Noop, "")]
    public void Reads_each_type_from_a_text_frame(string frame, EnginePacketType type, string payload)
    {
        var packet = EnginePacketReader.ReadText(Wire.Utf8(frame));

        packet.Type.ShouldBe(type);
        packet.IsBinary.ShouldBeFalse();
        Wire.Text(packet.Payload).ShouldBe(payload);
    }

    [Fact]
    public void The_payload_is_a_slice_of_the_frame()
    {
        var frame = Wire.Utf8("4hello");
        EnginePacketReader.ReadText(frame).Payload.Equals(frame[1..]).ShouldBeTrue();
    }

    [Theory]
    [InlineData("7")]
    [InlineData("9x")]
    [InlineData("abc")]
    [InlineData("B")]
    [InlineData("/")]
    [InlineData(":")]
    [InlineData(" 4")]
    [InlineData("\0")]
    [InlineData("\uFEFF4")]
    [InlineData("\u001e")]
    public void Refuses_an_unknown_type(string frame) => ErrorOf(frame).ShouldBe(ProtocolError.UnknownPacketType);

    [Fact]
    public void Refuses_an_empty_text_frame() => ErrorOf("").ShouldBe(ProtocolError.EmptyPacket);

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { (byte)'4', 0xff })]
    public void A_binary_frame_is_a_message_as_it_is(byte[] frame)
    {
        var packet = EnginePacketReader.ReadBinary(frame);

        packet.Type.ShouldBe(EnginePacketType.Message);
        packet.IsBinary.ShouldBeTrue();
        packet.Payload.ToArray().ShouldBe(frame);
    }

    // What clients with forceBase64 send over WebSocket.
    [Theory]
    [InlineData("b", new byte[0])]
    [InlineData("bAA==", new byte[] { 0 })]
    [InlineData("bAQID", new byte[] { 1, 2, 3 })]
    [InlineData("bAQIDBA==", new byte[] { 1, 2, 3, 4 })]
    [InlineData("b/+8=", new byte[] { 0xff, 0xef })]
    [InlineData("bAQID\nBA==\n", new byte[] { 1, 2, 3, 4 })]
    [InlineData("bAQID\r\nBA==\r\n", new byte[] { 1, 2, 3, 4 })]
    public void Reads_a_binary_message_from_base64(string frame, byte[] data)
    {
        var packet = EnginePacketReader.ReadText(Wire.Utf8(frame));

        packet.Type.ShouldBe(EnginePacketType.Message);
        packet.IsBinary.ShouldBeTrue();
        packet.Payload.ToArray().ShouldBe(data);
    }

    [Theory]
    [InlineData("bA")]
    [InlineData("bAA")]
    [InlineData("bAA=")]
    [InlineData("bAAA==")]
    [InlineData("b=")]
    [InlineData("b====")]
    [InlineData("bAQ==AQ==")]
    [InlineData("bAQIDBAG=")]
    [InlineData("bAQID=")]
    [InlineData("bAQI!")]
    [InlineData("b_-8=")]
    [InlineData("bé===")]
    [InlineData("bAQID\0")]
    public void Refuses_malformed_base64(string frame) => ErrorOf(frame).ShouldBe(ProtocolError.InvalidBase64);

    private static ProtocolError ErrorOf(string frame) =>
        Should.Throw<ProtocolException>(() => EnginePacketReader.ReadText(Wire.Utf8(frame))).Error;
}
