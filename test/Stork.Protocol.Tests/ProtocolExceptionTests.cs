namespace Stork.Protocol.Tests;

public class ProtocolExceptionTests
{
    [Fact]
    public void Every_error_has_a_message_of_its_own()
    {
        var messages = Enum.GetValues<ProtocolError>().Select(e => new ProtocolException(e).Message).ToList();

        messages.ShouldBeUnique();
        messages.ShouldAllBe(m => m.EndsWith('.'));
    }

    // Dashboards and alerts count them.
    [Fact]
    public void The_numbers_of_the_errors_never_change() =>
        string.Join(' ', Enum.GetValues<ProtocolError>().Select(e => $"{(int)e}:{e}")).ShouldBe(
            "0:None 1:EmptyPacket 2:UnknownPacketType 3:InvalidPayload 4:InvalidAckId 5:ReservedEvent 6:TooManyAttachments " +
            "7:IllegalAttachment 8:UnexpectedBinary 9:UnexpectedText 10:TooLarge 11:TooDeep 12:NamespaceTooLong 13:InvalidUtf8 " +
            "14:InvalidBase64 15:TooManyPackets");

    // System.Text.Json does quote it: 'secret' is an invalid JSON literal.
    [Fact]
    public void Nothing_of_the_payload_gets_into_a_log()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        var exception = Should.Throw<ProtocolException>(() => decoder.TryDecode(Wire.Utf8("2[\"a\",secret]"), out _));

        exception.ToString().ShouldNotContain("secret");
        exception.InnerException.ShouldBeNull();
    }
}
