namespace Stork.Protocol.Tests.SocketIO;

public class AckIdTests
{
    [Theory]
    [InlineData("20[\"a\"]", 0)]
    [InlineData("21[\"a\"]", 1)]
    [InlineData("2007[\"a\"]", 7)]
    [InlineData("22147483647[\"a\"]", int.MaxValue)]
    [InlineData("22147483648[\"a\"]", 2147483648)]
    [InlineData("29007199254740991[\"a\"]", Packet.MaxAckId)]
    [InlineData("2/x,5[\"a\"]", 5)]
    [InlineData("2/,5[\"a\"]", 5)]
    public void Of_an_event_is_a_number_up_to_the_largest_exact_one_of_JavaScript(string text, long ackId) =>
        Wire.Decode(text).AckId.ShouldBe(ackId);

    [Theory]
    [InlineData("29007199254740992[\"a\"]")]
    [InlineData("29223372036854775807[\"a\"]")]
    [InlineData("29223372036854775808[\"a\"]")]
    [InlineData("299999999999999999999999999999999999999[\"a\"]")]
    [InlineData("51-9007199254740992[\"a\"]")]
    [InlineData("09007199254740992")]
    public void Of_an_event_must_not_be_larger(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidAckId);

    [Theory]
    [InlineData("39007199254740991[]", Packet.MaxAckId)]
    [InlineData("39007199254740992[]", Packet.MaxAckId + 1)]
    [InlineData("39223372036854775799[]", 9223372036854775799)]
    [InlineData("39223372036854775810[]", long.MaxValue)]
    [InlineData("318446744073709551617[]", long.MaxValue)]
    [InlineData("3184467440737095516170000000000000000000000001[]", long.MaxValue)]
    public void Of_an_acknowledgement_saturates_instead_of_wrapping_to_one_that_may_be_pending(string text, long ackId) =>
        Wire.Decode(text).AckId.ShouldBe(ackId);

    [Fact]
    public void Of_an_acknowledgement_may_have_any_number_of_digits()
    {
        Wire.Decode("3" + new string('9', 400_000) + "[]").AckId.ShouldBe(long.MaxValue);
        Wire.Decode("3" + new string('0', 400_000) + "8[]").AckId.ShouldBe(8);
    }

    [Fact]
    public void Of_a_binary_acknowledgement_saturates_too() =>
        Wire.Decode("61-99999999999999999999[]", [[1]]).AckId.ShouldBe(long.MaxValue);

    [Theory]
    [InlineData("2-1[\"a\"]")]
    [InlineData("2+1[\"a\"]")]
    [InlineData("21.5[\"a\"]")]
    [InlineData("21e3[\"a\"]")]
    [InlineData("20x1[\"a\"]")]
    [InlineData("2 [\"a\",1]")]
    [InlineData("2\t[\"a\",1]")]
    [InlineData("2\n1[\"a\",1]")]
    [InlineData("21 [\"a\",1]")]
    [InlineData("2١[\"a\"]")]
    [InlineData("2[1][\"a\"]")]
    [InlineData("3-1[]")]
    [InlineData("31.5[]")]
    [InlineData("3NaN[]")]
    [InlineData("3 []")]
    [InlineData("3null[]")]
    public void Is_digits_and_nothing_else(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Theory]
    [InlineData("3[]")]
    [InlineData("3[\"a\"]")]
    [InlineData("2[\"a\"]")]
    [InlineData("0")]
    public void May_be_absent(string text) => Wire.Decode(text).AckId.ShouldBe(-1);

    // Nobody sends these, but the original reads the id before it looks at the type.
    [Theory]
    [InlineData("05{}", PacketType.Connect)]
    [InlineData("0/x,5", PacketType.Connect)]
    [InlineData("15", PacketType.Disconnect)]
    public void Means_nothing_on_other_types(string text, PacketType type)
    {
        var packet = Wire.Decode(text);

        packet.Type.ShouldBe(type);
        packet.AckId.ShouldBe(5);
    }
}
