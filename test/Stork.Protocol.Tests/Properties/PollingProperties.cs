using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Stork.Protocol.Tests.Properties;

public class PollingProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(2_000);

    private static readonly Gen<EnginePacket> Packets = Gen.OneOf(
        WirePackets.Bytes.Select(data => new EnginePacket(EnginePacketType.Message, isBinary: true, data)),
        from type in Gen.Choose(0, 6)
        from text in WirePackets.Names
        select new EnginePacket((EnginePacketType)type, isBinary: false, Encoding.UTF8.GetBytes(text.Replace("\u001e", ""))));

    [Fact]
    public void What_was_written_is_what_is_read() =>
        Prop.ForAll(Gen.NonEmptyListOf(Packets).ToArbitrary(), packets =>
        {
            var reader = new PollingPayloadReader(Body(packets), ProtocolLimits.Default);
            foreach (var packet in packets)
            {
                reader.TryRead(out var read).ShouldBeTrue();
                read.Type.ShouldBe(packet.Type);
                read.IsBinary.ShouldBe(packet.IsBinary);
                read.Payload.ToArray().ShouldBe(packet.Payload.ToArray());
            }

            reader.TryRead(out _).ShouldBeFalse();
        }).Check(Thorough);

    [Fact]
    public void Base64_is_that_of_the_framework_and_as_long_as_announced() =>
        Prop.ForAll(WirePackets.Bytes.ToArbitrary(), data =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            PollingPayloadWriter.WriteBinary(buffer, data);

            Wire.Text(buffer.WrittenMemory).ShouldBe("b" + Convert.ToBase64String(data));
            buffer.WrittenCount.ShouldBe(PollingPayloadWriter.GetBinaryLength(data.Length));
        }).Check(Thorough);

    [Fact]
    public void Line_breaks_in_base64_do_not_matter() =>
        Prop.ForAll(WirePackets.Bytes.ToArbitrary(), data =>
        {
            var frame = "b" + Convert.ToBase64String(data, Base64FormattingOptions.InsertLineBreaks) + "\n";
            EnginePacketReader.ReadText(Wire.Utf8(frame)).Payload.ToArray().ShouldBe(data);
        }).Check(Thorough);

    private static ReadOnlyMemory<byte> Body(IEnumerable<EnginePacket> packets)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var packet in packets)
        {
            if (buffer.WrittenCount > 0)
                buffer.Write([PollingPayloadWriter.Separator]);
            if (packet.IsBinary)
                PollingPayloadWriter.WriteBinary(buffer, packet.Payload.Span);
            else
                PollingPayloadWriter.WriteText(buffer, packet.Type, packet.Payload.Span);
        }

        return buffer.WrittenMemory;
    }
}
