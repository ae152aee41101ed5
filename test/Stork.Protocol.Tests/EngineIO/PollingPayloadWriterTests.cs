using System.Buffers;
using System.Text;

namespace Stork.Protocol.Tests.EngineIO;

public class PollingPayloadWriterTests
{
    [Theory]
    [InlineData(EnginePacketType.Message, "hello", "4hello")]
    [InlineData(EnginePacketType.Message, "été", "4été")]
    [InlineData(EnginePacketType.Message, "", "4")]
    [InlineData(EnginePacketType.Open, "{}", "0{}")]
    [InlineData(EnginePacketType.Close, "", "1")]
    [InlineData(EnginePacketType.Ping, "", "2")]
    [InlineData(EnginePacketType.Pong, "probe", "3probe")]
    [InlineData(EnginePacketType.Noop, "", "6")]
    public void Writes_text_after_the_digit_of_its_type(EnginePacketType type, string payload, string expected)
    {
        var buffer = new ArrayBufferWriter<byte>();

        PollingPayloadWriter.WriteText(buffer, type, Encoding.UTF8.GetBytes(payload));

        Wire.Text(buffer.WrittenMemory).ShouldBe(expected);
    }

    [Theory]
    [InlineData(new byte[0], "b")]
    [InlineData(new byte[] { 0 }, "bAA==")]
    [InlineData(new byte[] { 1, 2 }, "bAQI=")]
    [InlineData(new byte[] { 1, 2, 3 }, "bAQID")]
    [InlineData(new byte[] { 1, 2, 3, 4 }, "bAQIDBA==")]
    [InlineData(new byte[] { 0xfb, 0xff }, "b+/8=")]
    public void Writes_binary_as_base64(byte[] data, string expected)
    {
        var buffer = new ArrayBufferWriter<byte>();

        PollingPayloadWriter.WriteBinary(buffer, data);

        Wire.Text(buffer.WrittenMemory).ShouldBe(expected);
        PollingPayloadWriter.GetBinaryLength(data.Length).ShouldBe(expected.Length);
    }

    [Fact]
    public void Writes_a_body_as_the_original_does()
    {
        var buffer = new ArrayBufferWriter<byte>();

        PollingPayloadWriter.WriteText(buffer, EnginePacketType.Message, "test"u8);
        buffer.Write([PollingPayloadWriter.Separator]);
        PollingPayloadWriter.WriteBinary(buffer, [1, 2, 3, 4]);

        Wire.Text(buffer.WrittenMemory).ShouldBe("4test\u001ebAQIDBA==");
    }

    [Fact]
    public void Appends_and_never_writes_over_what_was_there()
    {
        var buffer = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 1_000; i++)
            PollingPayloadWriter.WriteText(buffer, EnginePacketType.Noop, default);

        Wire.Text(buffer.WrittenMemory).ShouldBe(new string('6', 1_000));
    }

    [Fact]
    public void Refuses_a_type_that_is_none() => Should.Throw<ArgumentOutOfRangeException>(
        () => PollingPayloadWriter.WriteText(new ArrayBufferWriter<byte>(), (EnginePacketType)7, default));

    [Fact]
    public void Refuses_a_negative_length_and_one_no_array_could_hold()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => PollingPayloadWriter.GetBinaryLength(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => PollingPayloadWriter.GetBinaryLength(int.MaxValue));
    }

    [Fact]
    public void Needs_a_writer()
    {
        Should.Throw<ArgumentNullException>(() => PollingPayloadWriter.WriteText(null!, EnginePacketType.Noop, default));
        Should.Throw<ArgumentNullException>(() => PollingPayloadWriter.WriteBinary(null!, default));
    }
}
