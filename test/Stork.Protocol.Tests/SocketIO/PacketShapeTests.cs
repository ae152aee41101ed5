namespace Stork.Protocol.Tests.SocketIO;

/// <summary>Which payload goes with which packet type, and everything else that is refused.</summary>
public class PacketShapeTests
{
    [Fact]
    public void Refuses_an_empty_text() => Wire.ErrorOf("").ShouldBe(ProtocolError.EmptyPacket);

    [Theory]
    [InlineData("7")]
    [InlineData("9[\"a\"]")]
    [InlineData("a")]
    [InlineData("-1")]
    [InlineData(" 2[\"a\"]")]
    [InlineData("[\"a\"]")]
    [InlineData("\u00002[\"a\"]")]
    [InlineData("\uFEFF2[\"a\"]")]
    [InlineData("/")]
    public void Refuses_an_unknown_type(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.UnknownPacketType);

    [Theory]
    [InlineData("2")]
    [InlineData("21")]
    [InlineData("2/admin")]
    [InlineData("2/admin,")]
    [InlineData("2{}")]
    [InlineData("2{\"0\":\"a\"}")]
    [InlineData("2\"a\"")]
    [InlineData("2null")]
    [InlineData("2true")]
    [InlineData("2[]")]
    [InlineData("2[null]")]
    [InlineData("2[true,1]")]
    [InlineData("2[{}]")]
    [InlineData("2[[\"a\"]]")]
    [InlineData("2[{\"toString\":\"foo\"}]")]
    public void An_event_needs_an_array_that_begins_with_a_string_or_a_number(string text) =>
        Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Theory]
    [InlineData("3")]
    [InlineData("31")]
    [InlineData("31{}")]
    [InlineData("31\"a\"")]
    [InlineData("31null")]
    [InlineData("3/admin,")]
    public void An_acknowledgement_needs_an_array(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Theory]
    [InlineData("0[]")]
    [InlineData("0[\"a\"]")]
    [InlineData("0\"token\"")]
    [InlineData("0null")]
    [InlineData("0true")]
    [InlineData("0/admin,null")]
    [InlineData("0/admin,[1]")]
    public void Connect_takes_nothing_but_an_object(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Theory]
    [InlineData("1{}")]
    [InlineData("1[]")]
    [InlineData("1\"bye\"")]
    [InlineData("1null")]
    [InlineData("1/admin,{}")]
    public void Disconnect_takes_no_payload(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Theory]
    [InlineData("4[]")]
    [InlineData("4null")]
    [InlineData("4true")]
    [InlineData("4/x,-1")]
    public void Connect_error_takes_an_object_or_a_string(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Theory]
    [InlineData("2[\"a\"")]
    [InlineData("2[")]
    [InlineData("2[\"a")]
    [InlineData("2[\"a\"]]")]
    [InlineData("2[\"a\"][]")]
    [InlineData("2[\"a\"]x")]
    [InlineData("2[\"a\",]")]
    [InlineData("2[,\"a\"]")]
    [InlineData("2[\"a\" \"b\"]")]
    [InlineData("2[\"a\",{b:1}]")]
    [InlineData("2[\"a\",{'b':1}]")]
    [InlineData("2[\"a\",{\"b\"}]")]
    [InlineData("2[\"a\",{\"b\":1,}]")]
    [InlineData("2[\"a\",01]")]
    [InlineData("2[\"a\",+1]")]
    [InlineData("2[\"a\",.5]")]
    [InlineData("2[\"a\",1.]")]
    [InlineData("2[\"a\",1e]")]
    [InlineData("2[\"a\",0x10]")]
    [InlineData("2[\"a\",NaN]")]
    [InlineData("2[\"a\",Infinity]")]
    [InlineData("2[\"a\",undefined]")]
    [InlineData("2[\"a\",nul]")]
    [InlineData("2[\"a\",\"\\x41\"]")]
    [InlineData("2[\"a\",\"\\u00g0\"]")]
    [InlineData("2[\"a\",\"\\u12\"]")]
    [InlineData("2[\"\\\"]")]
    [InlineData("2[\"a\",\"\n\"]")]
    [InlineData("2[\"a\",\"\t\"]")]
    [InlineData("2[\"a\",\"\0\"]")]
    [InlineData("2[\"a\"]\0")]
    [InlineData("2[\"a\"/* no */]")]
    [InlineData("2[\"a\"] // no")]
    [InlineData("2[\"a\"}")]
    [InlineData("2[\"a\",{]}")]
    [InlineData("0{\"a\":1")]
    [InlineData("0{")]
    [InlineData("0{}{}")]
    [InlineData("0{1:2}")]
    [InlineData("31[")]
    [InlineData("4\"a")]
    public void Refuses_what_is_not_json(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Theory]
    [InlineData("2[\"a\",1] ", "[\"a\",1]")]
    [InlineData("2[\"a\",1]\r\n\t ", "[\"a\",1]")]
    [InlineData("2[ \"a\" , 1 ]", "[ \"a\" , 1 ]")]
    [InlineData("0{ } ", "{ }")]
    [InlineData("4\"x\" ", "\"x\"")]
    public void Leaves_out_white_space_after_the_payload_and_keeps_it_inside(string text, string payload) =>
        Wire.Text(Wire.Decode(text).Payload).ShouldBe(payload);

    [Theory]
    [InlineData("0 ", PacketType.Connect)]
    [InlineData("1 ", PacketType.Disconnect)]
    public void White_space_alone_is_no_payload(string text, PacketType type)
    {
        var packet = Wire.Decode(text);

        packet.Type.ShouldBe(type);
        packet.Payload.IsEmpty.ShouldBeTrue();
    }
}
