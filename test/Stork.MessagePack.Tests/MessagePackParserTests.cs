using System.Text;

namespace Stork.MessagePack.Tests;

/// <summary>Packets as <c>socket.io-msgpack-parser</c> 3.0.2 writes and reads them, and what it never writes.</summary>
public sealed class MessagePackParserTests
{
    private const string Options = "a76f7074696f6e7381a8636f6d7072657373c3";

    [Theory]
    [InlineData("84a47479706500a464617461d40000" + Options + "a36e7370a12f", "Connect /")]
    [InlineData("84a47479706500a46461746181a5746f6b656ea174" + Options + "a36e7370a12f", """Connect / {"token":"t"}""")]
    [InlineData("83a47479706501" + Options + "a36e7370a22f6e", "Disconnect /n")]
    [InlineData("84a47479706502a46461746192a16101" + Options + "a36e7370a12f", """Event / ["a",1]""")]
    [InlineData("85a47479706502a46461746191a161" + Options + "a2696407a36e7370a12f", """Event / #7 ["a"]""")]
    [InlineData("85a47479706503a2696407a46461746192c081a16202" + Options + "a36e7370a12f", """Ack / #7 [null,{"b":2}]""")]
    [InlineData("84a4747970650294a1610102c3a36e7370a12f00", null)]
    [InlineData(
        "84a47479706502a46461746193a161c402010281a178c7010003" + Options + "a36e7370a12f",
        """BinaryEvent / ["a",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}}] +0102 +03""")]
    [InlineData(
        "84a47479706502a46461746194a161d7000000000000000000d4000082a175d40000a17601" + Options + "a36e7370a12f",
        """Event / ["a","1970-01-01T00:00:00.000Z",null,{"v":1}]""")]
    [InlineData(
        "84a47479706502a46461746192a161c708000000000000000000" + Options + "a36e7370a12f",
        """BinaryEvent / ["a",{"_placeholder":true,"num":0}] +0000000000000000""")]
    [InlineData("84a47479706502a4646174619405ffcb3ff8000000000000c3" + Options + "a36e7370a12f", "Event / [5,-1,1.5,true]")]
    [InlineData("84a3" + "6e7370" + "a12f" + "a26964d40000" + "a464617461" + "91a161" + "a474797065" + "02", """Event / ["a"]""")]
    [InlineData("83a47479706501a464617461c0a36e7370a12f", "Disconnect /")]
    public void Reads_what_clients_write(string hex, string? packet)
    {
        if (packet is null) Should.Throw<ProtocolException>(() => Packets.Read(hex));
        else Packets.Describe(Packets.Read(hex)).ShouldBe(packet);
    }

    [Fact]
    public void Writes_what_the_official_server_writes()
    {
        Written(PacketType.Connect, "/", -1, """{"sid":"x"}""").ShouldBe("83a47479706500a46461746181a3736964a178a36e7370a12f");
        Written(PacketType.Disconnect, "/n", -1, "").ShouldBe("82a47479706501a36e7370a22f6e");
        Written(PacketType.Event, "/", -1, """["a",1]""").ShouldBe("83a47479706502a46461746192a16101a36e7370a12f");
        Written(PacketType.Event, "/", 300, """["a"]""").ShouldBe("84a47479706502a46461746191a161a26964cd012ca36e7370a12f");
        Written(PacketType.Event, "/", -1, """["a",{"_placeholder":true,"num":0}]""", [1, 2])
            .ShouldBe("83a47479706502a46461746192a161c4020102a36e7370a12f");
        Written(PacketType.Ack, "/", 0, "[]").ShouldBe("84a47479706503a46461746190a2696400a36e7370a12f");
        Written(PacketType.ConnectError, "/n", -1, """{"message":"no"}""")
            .ShouldBe("83a47479706504a46461746181a76d657373616765a26e6fa36e7370a22f6e");
    }

    [Theory]
    [InlineData("", ProtocolError.EmptyPacket)]
    [InlineData("c1", ProtocolError.InvalidPayload)]
    [InlineData("90", ProtocolError.InvalidPayload)]
    [InlineData("80", ProtocolError.UnknownPacketType)]
    [InlineData("dfffffffff", ProtocolError.InvalidPayload)]
    // Types: 5, -1, "2", 2.0, null, none.
    [InlineData("83a47479706505a46461746191a161a36e7370a12f", ProtocolError.UnknownPacketType)]
    [InlineData("83a474797065ffa46461746191a161a36e7370a12f", ProtocolError.UnknownPacketType)]
    [InlineData("83a474797065a132a46461746191a161a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a474797065cb4000000000000000a46461746191a161a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a474797065c0a46461746191a161a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("82a46461746191a161a36e7370a12f", ProtocolError.UnknownPacketType)]
    // Namespaces: none, no string, no slash, empty, a comma.
    [InlineData("82a47479706502a46461746191a161", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746191a161a36e737001", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746191a161a36e7370a16e", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746191a161a36e7370a0", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746191a161a36e7370a32f2c78", ProtocolError.InvalidPayload)]
    // Ids: negative, beyond JavaScript's, beyond 64 bits, null, a string.
    [InlineData("84a47479706502a46461746191a161a26964ffa36e7370a12f", ProtocolError.InvalidAckId)]
    [InlineData("84a47479706502a46461746191a161a26964cf0020000000000000a36e7370a12f", ProtocolError.InvalidAckId)]
    [InlineData("84a47479706502a46461746191a161a26964cfffffffffffffffffa36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("84a47479706502a46461746191a161a26964c0a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("84a47479706502a46461746191a161a26964a137a36e7370a12f", ProtocolError.InvalidPayload)]
    // Data that do not fit their type.
    [InlineData("83a47479706500a46461746190a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706501a46461746190a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("82a47479706502a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a464617461a161a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746190a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746191c0a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746191c40101a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746191a7636f6e6e656374a36e7370a12f", ProtocolError.ReservedEvent)]
    [InlineData("83a47479706500a46461746181a161c40101a36e7370a12f", ProtocolError.IllegalAttachment)]
    // An object that says it is a binary value beside one that is.
    [InlineData(
        "83a47479706502a46461746193a161c4010182ac5f706c616365686f6c646572c3a36e756d05a36e7370a12f", ProtocolError.IllegalAttachment)]
    // Behind the map; keys twice; a key that is no string; an extension that nobody knows; more promised than there is.
    [InlineData("83a47479706502a46461746191a161a36e7370a12fc0", ProtocolError.InvalidPayload)]
    [InlineData("84a47479706502a47479706502a46461746191a161a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("84a47479706502a46461746191a161a46461746191a161a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("8401c0a47479706502a46461746191a161a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746192a161d40501a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a464617461ddffffffffa161a36e7370a12f", ProtocolError.InvalidPayload)]
    [InlineData("83a47479706502a46461746192a161dbfffffffF61a36e7370a12f", ProtocolError.InvalidPayload)]
    public void Refuses_what_is_no_packet(string hex, ProtocolError error) =>
        Should.Throw<ProtocolException>(() => Packets.Read(hex)).Error.ShouldBe(error);

    [Fact]
    public void Limits_hold_at_their_edge()
    {
        var limits = new ProtocolLimits { MaxJsonDepth = 3, MaxAttachments = 2, MaxNamespaceLength = 4 };
        Event("92a16191" + "91" + "01").ShouldBe("""Event / ["a",[[1]]]""");
        Refused("92a161919191" + "01").ShouldBe(ProtocolError.TooDeep);
        Event("93a161c400c400").ShouldContain("+ +");
        Refused("94a161c400c400c400").ShouldBe(ProtocolError.TooManyAttachments);
        Packets.Read("83a47479706502a46461746191a161a36e7370a42f616263", limits).Namespace.Length.ShouldBe(4);
        Should.Throw<ProtocolException>(() => Packets.Read("83a47479706502a46461746191a161a36e7370a52f61626364", limits))
            .Error.ShouldBe(ProtocolError.NamespaceTooLong);
        // What is not looked at may not be deeper either.
        Should.Throw<ProtocolException>(() => Packets.Read("84a178" + string.Concat(Enumerable.Repeat("91", 100)) + "01", limits));

        string Event(string data) => Packets.Describe(Packets.Read(Wrap(data), limits));
        ProtocolError Refused(string data) => Should.Throw<ProtocolException>(() => Packets.Read(Wrap(data), limits)).Error;
        static string Wrap(string data) => $"83a47479706502a464617461{data}a36e7370a12f";
    }

    [Fact]
    public void A_text_may_be_as_long_as_the_message_however_it_is_escaped_in_JSON()
    {
        var text = new string('\u0001', 65_535);
        var hex = "83a47479706502a46461746192a161daffff" + Convert.ToHexString(Encoding.UTF8.GetBytes(text)) + "a36e7370a12f";
        Packets.Read(hex, new ProtocolLimits { MaxPacketSize = 70_000 }).Payload.Length.ShouldBe((6 * text.Length) + 8);
    }

    [Fact]
    public void What_was_read_belongs_to_the_packet()
    {
        var message = Convert.FromHexString("83a47479706502a46461746192a161c4020102a36e7370a12f");
        var packet = new MessagePackParser().Read(message, ProtocolLimits.Default);
        message.AsSpan().Clear();
        Packets.Describe(packet).ShouldBe("""BinaryEvent / ["a",{"_placeholder":true,"num":0}] +0102""");
    }

    private static string Written(PacketType type, string nsp, long ackId, string json, params byte[][] attachments) =>
        Packets.Write(Packets.Create(type, nsp, ackId, json, attachments));
}
