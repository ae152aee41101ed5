namespace Stork.Protocol.Tests.SocketIO;

/// <summary>What is received is what is stored: the payload is checked, never rewritten.</summary>
public class PayloadFidelityTests
{
    [Theory]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("1e-400")]
    [InlineData("-0")]
    [InlineData("-0.0e+0")]
    [InlineData("9007199254740993")]
    [InlineData("0.1000000000000000055511151231257827021181583404541015625")]
    [InlineData("1E+2")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\udc00\\ud800\"")]
    [InlineData("\"\\u0000\"")]
    [InlineData("\"\u2028\u2029\"")]
    [InlineData("\"\u007f\u0080\"")]
    [InlineData("\"\\/\"")]
    [InlineData("\"</script>\"")]
    [InlineData("\"\uFEFF\"")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"\":1}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"__proto__\":{\"admin\":true}}")]
    [InlineData("{\"constructor\":{\"prototype\":{}}}")]
    [InlineData("{\"$type\":\"System.Object, mscorlib\",\"$nack\":true,\"$ref\":\"1\"}")]
    [InlineData("[ 1 ,\r\n\t2 ]")]
    public void Passes_through_unchanged(string json)
    {
        Wire.Text(Wire.Decode($"2[\"a\",{json}]").Payload).ShouldBe($"[\"a\",{json}]");
        Wire.Text(Wire.Decode($"31[{json}]").Payload).ShouldBe($"[{json}]");
        Wire.Text(Wire.Decode($"0{{\"k\":{json}}}").Payload).ShouldBe($"{{\"k\":{json}}}");
        Wire.Text(Wire.Decode($"51-[\"a\",{json}]", [[1]]).Payload).ShouldBe($"[\"a\",{json}]");
    }

    [Fact]
    public void Integers_of_four_hundred_digits_pass_through_unchanged()
    {
        var number = new string('7', 400);
        Wire.Text(Wire.Decode($"2[\"a\",{number}]").Payload).ShouldBe($"[\"a\",{number}]");
    }

    [Fact]
    public void A_million_elements_are_data_like_any_other()
    {
        var limits = new ProtocolLimits { MaxPacketSize = 8_000_000 };
        var text = "2[\"a\"" + string.Concat(Enumerable.Repeat(",0", 1_000_000)) + "]";

        Wire.Decode(text, limits).Payload.Length.ShouldBe(text.Length - 1);
    }

    [Fact]
    public void Half_a_million_keys_are_never_put_into_a_table()
    {
        var limits = new ProtocolLimits { MaxPacketSize = 8_000_000 };
        var text = "2[\"a\",{" + string.Join(',', Enumerable.Range(0, 500_000).Select(i => $"\"k{i}\":0")) + "}]";
        var bytes = Wire.Utf8(text);
        var decoder = new PacketDecoder(limits);
        decoder.TryDecode(bytes, out _).ShouldBeTrue();

        var before = GC.GetAllocatedBytesForCurrentThread();
        decoder.TryDecode(bytes, out _).ShouldBeTrue();

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(bytes.Length / 100);
    }

    // Whoever takes bytes from the network checks UTF-8 before; the decoder merely must not fall over when nobody did.
    [Theory]
    [InlineData(new byte[] { (byte)'2', (byte)'[', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)']' })]
    [InlineData(new byte[] { (byte)'2', (byte)'[', (byte)'"', 0xc3, (byte)'"', (byte)']' })]
    [InlineData(new byte[] { (byte)'2', (byte)'[', (byte)'"', 0xed, 0xa0, 0x80, (byte)'\\', (byte)'n', (byte)'"', (byte)']' })]
    [InlineData(new byte[] { (byte)'0', (byte)'/', 0xff, (byte)',' })]
    public void Bytes_that_are_not_utf8_do_no_harm(byte[] text) =>
        new PacketDecoder(ProtocolLimits.Default).TryDecode(text, out _).ShouldBeTrue();
}
