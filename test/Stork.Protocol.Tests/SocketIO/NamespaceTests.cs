namespace Stork.Protocol.Tests.SocketIO;

public class NamespaceTests
{
    [Theory]
    [InlineData("0", "/")]
    [InlineData("0/", "/")]
    [InlineData("0/,", "/")]
    [InlineData("0/,{}", "/")]
    [InlineData("0/x", "/x")]
    [InlineData("0/x,", "/x")]
    [InlineData("0/x,{}", "/x")]
    [InlineData("0//,", "//")]
    [InlineData("0/a/b/c,", "/a/b/c")]
    [InlineData("0/été-☃-😀,", "/été-☃-😀")]
    [InlineData("0/with space,", "/with space")]
    [InlineData("0/a\0b,", "/a\0b")]
    [InlineData("0/__proto__,", "/__proto__")]
    [InlineData("0/[x],{}", "/[x]")]
    [InlineData("0/12,{}", "/12")]
    public void Runs_from_the_slash_to_the_first_comma_or_the_end(string text, string nsp) =>
        Wire.Text(Wire.Decode(text).Namespace).ShouldBe(nsp);

    [Fact]
    public void Keeps_a_query() => Wire.Text(Wire.Decode("0/x?a=b&c=d,{}").Namespace).ShouldBe("/x?a=b&c=d");

    [Fact]
    public void Swallows_the_payload_when_the_comma_is_missing()
    {
        var packet = Wire.Decode("0/x{\"a\":1}");

        Wire.Text(packet.Namespace).ShouldBe("/x{\"a\":1}");
        packet.Payload.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Swallows_the_id_when_the_comma_is_missing() => Wire.Decode("0/x12").AckId.ShouldBe(-1);

    [Theory]
    [InlineData("0x,{}")]
    [InlineData("0,{}")]
    [InlineData("2admin,[\"a\"]")]
    public void Has_to_begin_with_a_slash(string text) => Wire.ErrorOf(text).ShouldBe(ProtocolError.InvalidPayload);

    [Theory]
    [InlineData(",")]
    [InlineData("")]
    public void May_be_as_long_as_the_limit_and_not_longer(string end)
    {
        var limits = new ProtocolLimits { MaxNamespaceLength = 8 };

        Wire.Decode("0/1234567" + end, limits).Namespace.Length.ShouldBe(8);
        Wire.ErrorOf("0/12345678" + end, limits).ShouldBe(ProtocolError.NamespaceTooLong);
    }

    [Fact]
    public void Is_measured_in_bytes()
    {
        var limits = new ProtocolLimits { MaxNamespaceLength = 5 };

        Wire.Decode("0/éé", limits).Namespace.Length.ShouldBe(5);
        Wire.ErrorOf("0/☃☃", limits).ShouldBe(ProtocolError.NamespaceTooLong);
    }

    [Fact]
    public void Goes_with_every_type()
    {
        Wire.Text(Wire.Decode("51-/admin,3[\"a\"]", [[1]]).Namespace).ShouldBe("/admin");
        Wire.Text(Wire.Decode("61-/admin,3[]", [[1]]).Namespace).ShouldBe("/admin");
        Wire.Text(Wire.Decode("1/admin").Namespace).ShouldBe("/admin");
    }
}
