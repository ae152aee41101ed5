namespace Stork.Protocol.Tests.SocketIO;

public class EventNameTests
{
    [Theory]
    [InlineData("2[\"chat message\",\"hi\"]", "chat message")]
    [InlineData("2[ \t\"padded\" ]", "padded")]
    [InlineData("2[\"été ☃ 😀\"]", "été ☃ 😀")]
    [InlineData("2[\"\"]", "")]
    [InlineData("2/x,12[\"foo\",1]", "foo")]
    [InlineData("2[\"__proto__\"]", "__proto__")]
    [InlineData("2[\"constructor\"]", "constructor")]
    [InlineData("2[\"a/b\u2028c\"]", "a/b\u2028c")]
    public void Is_the_first_element(string text, string name) => Wire.Text(Wire.Decode(text).EventName).ShouldBe(name);

    [Theory]
    [InlineData("2[1]", "1")]
    [InlineData("2[12,\"x\"]", "12")]
    [InlineData("2[-0]", "-0")]
    [InlineData("2[1.50]", "1.50")]
    [InlineData("2[1e400]", "1e400")]
    [InlineData("2[123456789012345678901234567890]", "123456789012345678901234567890")]
    public void May_be_a_number_and_is_then_as_it_was_written(string text, string name) =>
        Wire.Text(Wire.Decode(text).EventName).ShouldBe(name);

    [Theory]
    [InlineData("""2["\u0061\u00e9\u2603"]""", "aé☃")]
    [InlineData("""2["\ud83d\ude00"]""", "😀")]
    [InlineData("""2["x\uD83D\uDE00y"]""", "x😀y")]
    [InlineData("""2["\"\\\/\b\f\n\r\t"]""", "\"\\/\b\f\n\r\t")]
    [InlineData("""2["a\u0000b"]""", "a\0b")]
    [InlineData("""2["\\u0061"]""", "\\u0061")]
    [InlineData("""2["plain \n then"]""", "plain \n then")]
    public void Is_free_of_escapes(string text, string name)
    {
        var packet = Wire.Decode(text);

        Wire.Text(packet.EventName).ShouldBe(name);
        Wire.Text(packet.Payload).ShouldBe(text[1..]);
    }

    [Theory]
    [InlineData("""2["\ud800"]""", "\uFFFD")]
    [InlineData("""2["\udc00"]""", "\uFFFD")]
    [InlineData("""2["\udc00\ud800"]""", "\uFFFD\uFFFD")]
    [InlineData("""2["\ud83dx"]""", "\uFFFDx")]
    [InlineData("""2["\ud83d\n"]""", "\uFFFD\n")]
    [InlineData("""2["\ud83d\u0041"]""", "\uFFFDA")]
    [InlineData("""2["\ud83d\ud83d\ude00"]""", "\uFFFD😀")]
    [InlineData("""2["\ud83d\\ude00"]""", "\uFFFD\\ude00")]
    public void Gets_a_replacement_character_for_each_lone_surrogate(string text, string name) =>
        Wire.Text(Wire.Decode(text).EventName).ShouldBe(name);

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    [InlineData("\\u0063onnect")]
    [InlineData("\\u0064\\u0069sconnect")]
    public void Must_not_be_reserved(string name)
    {
        Wire.ErrorOf($"2[\"{name}\"]").ShouldBe(ProtocolError.ReservedEvent);
        Wire.ErrorOf($"2/x,1[\"{name}\",{{}}]").ShouldBe(ProtocolError.ReservedEvent);
        Wire.ErrorOf($"51-[\"{name}\"]").ShouldBe(ProtocolError.ReservedEvent);
    }

    [Theory]
    [InlineData("2[\"Connect\"]")]
    [InlineData("2[\"connect \"]")]
    [InlineData("2[\"connecting\"]")]
    [InlineData("2[\"connection\"]")]
    [InlineData("2[\"newlistener\"]")]
    [InlineData("2[\"a\",\"connect\"]")]
    public void May_resemble_a_reserved_one(string text) => Wire.Decode(text).IsEvent.ShouldBeTrue();

    [Theory]
    [InlineData("31[\"disconnect\"]")]
    [InlineData("0{\"connect\":1}")]
    public void Is_looked_for_in_events_only(string text) => Wire.Decode(text).EventName.IsEmpty.ShouldBeTrue();

    [Fact]
    public void May_be_as_long_as_the_packet()
    {
        var name = new string('n', 999_995);
        Wire.Decode($"2[\"{name}\"]").EventName.Length.ShouldBe(name.Length);
    }

    [Fact]
    public void May_be_long_and_all_escapes()
    {
        var name = string.Concat(Enumerable.Repeat("\\u2603", 160_000));
        Wire.Text(Wire.Decode($"2[\"{name}\"]").EventName).ShouldBe(new string('☃', 160_000));
    }
}
