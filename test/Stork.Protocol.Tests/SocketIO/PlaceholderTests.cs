namespace Stork.Protocol.Tests.SocketIO;

public class PlaceholderTests
{
    [Theory]
    [InlineData("""{"_placeholder":true,"num":0}""")]
    [InlineData("""{"num":1,"_placeholder":true}""")]
    [InlineData("""{ "num" : 1 , "_placeholder" : true }""")]
    [InlineData("""{"_placeholder":true,"num":0,"extra":[1,{}]}""")]
    [InlineData("""{"a":{"b":[[{"c":{"_placeholder":true,"num":1}}]]}}""")]
    [InlineData("""{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}""")]
    [InlineData("""{"_placeholder":true,"num":-0}""")]
    [InlineData("""{"\u005fplaceholder":true,"n\u0075m":1}""")]
    [InlineData("""{"_placeholder":true,"num":9,"num":1}""")]
    [InlineData("""{"_placeholder":true,"num":9,"_placeholder":false}""")]
    [InlineData("""{"num":0,"x":{"num":5},"_placeholder":true}""")]
    [InlineData("""{"_placeholder":true,"x":{"num":5},"num":1}""")]
    public void Point_to_an_attachment(string argument)
    {
        var text = $"52-[\"a\",{argument}]";

        Wire.Text(Wire.Decode(text, [[1], [2]]).Payload).ShouldBe(text[3..]);
    }

    [Theory]
    [InlineData("""{"_placeholder":true}""")]
    [InlineData("""{"_placeholder":true,"num":2}""")]
    [InlineData("""{"_placeholder":true,"num":-1}""")]
    [InlineData("""{"_placeholder":true,"num":2147483648}""")]
    [InlineData("""{"_placeholder":true,"num":4294967296}""")]
    [InlineData("""{"_placeholder":true,"num":18446744073709551616}""")]
    [InlineData("""{"_placeholder":true,"num":0.5}""")]
    [InlineData("""{"_placeholder":true,"num":1e400}""")]
    [InlineData("""{"_placeholder":true,"num":"0"}""")]
    [InlineData("""{"_placeholder":true,"num":"splice"}""")]
    [InlineData("""{"_placeholder":true,"num":null}""")]
    [InlineData("""{"_placeholder":true,"num":true}""")]
    [InlineData("""{"_placeholder":true,"num":[0]}""")]
    [InlineData("""{"_placeholder":true,"num":{"num":0}}""")]
    [InlineData("""{"num":2,"_placeholder":true}""")]
    [InlineData("""{"_placeholder":true,"num":0,"num":2}""")]
    [InlineData("""{"_placeholder":true,"num":0,"num":"0"}""")]
    [InlineData("""{"_placeholder":false,"_placeholder":true,"num":7}""")]
    [InlineData("""{"\u005fplaceholder":true,"num":7}""")]
    [InlineData("""{"\u005f\u0070\u006c\u0061\u0063\u0065\u0068\u006f\u006c\u0064\u0065\u0072":true}""")]
    [InlineData("""[[{"a":{"_placeholder":true,"num":9}}]]""")]
    [InlineData("""{"_placeholder":true,"x":{"num":0}}""")]
    [InlineData("""{"x":{"_placeholder":true},"num":0}""")]
    [InlineData("""{"num":0},{"_placeholder":true}""")]
    [InlineData("""[{"num":0}],{"_placeholder":true}""")]
    public void That_point_nowhere_are_refused_at_once(string argument) =>
        Wire.ErrorOf($"52-[\"a\",{argument}]").ShouldBe(ProtocolError.IllegalAttachment);

    [Theory]
    [InlineData("""{"_placeholder":false,"num":9}""")]
    [InlineData("""{"_placeholder":"true","num":9}""")]
    [InlineData("""{"_placeholder":1,"num":9}""")]
    [InlineData("""{"_placeholder":null}""")]
    [InlineData("""{"_placeholder":[true],"num":9}""")]
    [InlineData("""{"_placeholder":{"_placeholder":false}}""")]
    [InlineData("""{"_Placeholder":true,"num":9}""")]
    [InlineData("""{"_placeholder ":true,"num":9}""")]
    [InlineData("""{"_place\u0000holder":true,"num":9}""")]
    [InlineData("""{"num":9}""")]
    [InlineData("""{"_placeholder":true,"num":0},{"num":9}""")]
    [InlineData("""["_placeholder",true,"num",9]""")]
    [InlineData("""{"a":"_placeholder","b":true}""")]
    public void Are_recognized_by_the_mark_alone(string argument) =>
        Wire.Decode($"52-[\"a\",{argument}]", [[1], [2]]).Attachments.Length.ShouldBe(2);

    // The comparison of System.Text.Json throws InvalidOperationException on the first of these.
    [Theory]
    [InlineData("""{"_pl\ud800aceholder":true}""")]
    [InlineData("""{"n\udfffum":true}""")]
    [InlineData("""{"\ud83d":true,"\ud83d\ud83d":1}""")]
    public void Do_not_stumble_over_keys_with_lone_surrogates(string argument) =>
        Wire.Decode($"51-[\"a\",{argument}]", [[1]]).Attachments.Length.ShouldBe(1);

    [Fact]
    public void Do_not_stumble_over_very_long_keys_full_of_escapes()
    {
        var key = string.Concat(Enumerable.Repeat("\\u005f", 100_000));
        Wire.Decode($"51-[\"a\",{{\"{key}\":true}}]", [[1]]).Attachments.Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("""2["a",{"_placeholder":true,"num":0}]""")]
    [InlineData("""2["a",{"_placeholder":true}]""")]
    [InlineData("""31[{"_placeholder":true,"num":-5}]""")]
    [InlineData("""0{"_placeholder":true,"num":"x"}""")]
    public void Are_ordinary_data_where_nothing_is_attached(string text) => Wire.Decode(text).Attachments.ShouldBeEmpty();

    [Fact]
    public void May_be_the_whole_of_an_acknowledgement() =>
        Wire.Decode("""61-5[{"_placeholder":true,"num":0}]""", [[9]]).Attachments.ShouldHaveSingleItem();

    [Fact]
    public void May_sit_at_the_deepest_level_that_is_allowed()
    {
        var limits = new ProtocolLimits { MaxJsonDepth = 3 };
        var decoder = new PacketDecoder(limits);

        decoder.TryDecode(Wire.Utf8("""51-["a",[{"_placeholder":true,"num":0}]]"""), out _).ShouldBeFalse();
        decoder.Reset();
        Wire.ErrorOf("""51-["a",[{"_placeholder":true,"num":3}]]""", limits).ShouldBe(ProtocolError.IllegalAttachment);
        Wire.ErrorOf("""51-["a",[[{"_placeholder":true,"num":0}]]]""", limits).ShouldBe(ProtocolError.TooDeep);
    }
}
