namespace Stork.Protocol.Tests.SocketIO;

public class PacketDecoderTests
{
    // The first column is what the clients of socket.io 4.8 put on the wire, without the 4 of Engine.IO.
    [Theory]
    [InlineData("0", PacketType.Connect, "/", -1, "")]
    [InlineData("0{\"token\":\"123\"}", PacketType.Connect, "/", -1, "{\"token\":\"123\"}")]
    [InlineData("0{\"pid\":\"P\",\"offset\":\"O\"}", PacketType.Connect, "/", -1, "{\"pid\":\"P\",\"offset\":\"O\"}")]
    [InlineData("0/admin,", PacketType.Connect, "/admin", -1, "")]
    [InlineData("0/admin", PacketType.Connect, "/admin", -1, "")]
    [InlineData("0/admin,{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}", PacketType.Connect, "/admin", -1, "{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}")]
    [InlineData("1", PacketType.Disconnect, "/", -1, "")]
    [InlineData("1/admin,", PacketType.Disconnect, "/admin", -1, "")]
    [InlineData("2[\"foo\"]", PacketType.Event, "/", -1, "[\"foo\"]")]
    [InlineData("2/admin,[\"bar\"]", PacketType.Event, "/admin", -1, "[\"bar\"]")]
    [InlineData("212[\"foo\"]", PacketType.Event, "/", 12, "[\"foo\"]")]
    [InlineData("2/admin,0[\"foo\",{\"a\":[1,2]}]", PacketType.Event, "/admin", 0, "[\"foo\",{\"a\":[1,2]}]")]
    [InlineData("312[]", PacketType.Ack, "/", 12, "[]")]
    [InlineData("3/admin,13[\"bar\"]", PacketType.Ack, "/admin", 13, "[\"bar\"]")]
    [InlineData("3[null]", PacketType.Ack, "/", -1, "[null]")]
    [InlineData("4{\"message\":\"Not authorized\"}", PacketType.ConnectError, "/", -1, "{\"message\":\"Not authorized\"}")]
    [InlineData("4/x,{\"message\":\"Invalid namespace\"}", PacketType.ConnectError, "/x", -1, "{\"message\":\"Invalid namespace\"}")]
    [InlineData("4\"refused\"", PacketType.ConnectError, "/", -1, "\"refused\"")]
    [InlineData("4", PacketType.ConnectError, "/", -1, "")]
    public void Reads_each_type(string text, PacketType type, string nsp, long ackId, string payload)
    {
        var packet = Wire.Decode(text);

        packet.Type.ShouldBe(type);
        Wire.Text(packet.Namespace).ShouldBe(nsp);
        packet.AckId.ShouldBe(ackId);
        Wire.Text(packet.Payload).ShouldBe(payload);
        packet.Attachments.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0", false, false)]
    [InlineData("1", false, false)]
    [InlineData("2[\"a\"]", true, false)]
    [InlineData("3[]", false, true)]
    [InlineData("4", false, false)]
    public void Tells_events_and_acknowledgements_apart(string text, bool isEvent, bool isAck)
    {
        var packet = Wire.Decode(text);

        packet.IsEvent.ShouldBe(isEvent);
        packet.IsAck.ShouldBe(isAck);
    }

    [Theory]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":0}]", PacketType.BinaryEvent, true)]
    [InlineData("61-7[{\"_placeholder\":true,\"num\":0}]", PacketType.BinaryAck, false)]
    public void Keeps_the_binary_types_as_they_were_on_the_wire(string text, PacketType type, bool isEvent)
    {
        var packet = Wire.Decode(text, [1, 2, 3]);

        packet.Type.ShouldBe(type);
        packet.IsEvent.ShouldBe(isEvent);
        packet.IsAck.ShouldBe(!isEvent);
    }

    [Fact]
    public void Hands_out_slices_of_the_text_when_there_are_no_attachments()
    {
        var text = Wire.Utf8("2/admin,1[\"name\",1]");
        var packet = Wire.Decode(text);

        packet.Namespace.Equals(text[1..7]).ShouldBeTrue();
        packet.Payload.Equals(text[9..]).ShouldBeTrue();
        packet.EventName.Equals(text.Slice(11, 4)).ShouldBeTrue();
    }

    [Fact]
    public void Is_ready_for_the_next_packet_after_each()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        foreach (var text in new[] { "0", "2[\"a\"]", "31[]", "2[\"b\"]", "1" })
            decoder.TryDecode(Wire.Utf8(text), out _).ShouldBeTrue();
    }

    [Fact]
    public void Two_decoders_know_nothing_of_each_other()
    {
        var waiting = new PacketDecoder(ProtocolLimits.Default);
        var other = new PacketDecoder(ProtocolLimits.Default);

        waiting.TryDecode(Wire.Utf8("51-[\"a\"]"), out _).ShouldBeFalse();

        other.IsWaitingForAttachments.ShouldBeFalse();
        other.TryDecode(Wire.Utf8("2[\"b\"]"), out _).ShouldBeTrue();
    }

    [Fact]
    public void Needs_limits() => Should.Throw<ArgumentNullException>(() => new PacketDecoder(null!));

    [Fact]
    public void A_packet_nobody_made_has_no_attachments() => default(Packet).Attachments.ShouldBeEmpty();
}
