using System.Buffers;
using System.Text;

namespace Stork.Protocol.Tests.Fuzzing;

public class EngineFuzzTests
{
    // The lists these tests keep grow by doubling; a packet on the wire has two bytes at least, and about 100 in a list.
    private const int KeptPackets = 256;

    [Fact]
    public void Frames_are_read_or_refused() => FuzzRun.Over(
        Corpus.Frames,
        (input, _) => new Frame(EnginePacketReader.ReadText(input)),
        (input, frame) =>
        {
            var first = input.Length == 0 ? '\0' : (char)input[0];
            if (first is >= '0' and <= '6')
            {
                frame.ShouldNotBeNull();
                frame.Packet.Type.ShouldBe((EnginePacketType)(first - '0'));
                frame.Packet.IsBinary.ShouldBeFalse();
                frame.Packet.Payload.ToArray().ShouldBe(input[1..]);
            }
            else if (first == 'b' && TryBase64(Encoding.Latin1.GetString(input, 1, input.Length - 1)) is { } data)
            {
                frame.ShouldNotBeNull();
                frame.Packet.IsBinary.ShouldBeTrue();
                frame.Packet.Payload.ToArray().ShouldBe(data);
            }
            else
            {
                frame.ShouldBeNull();
            }
        });

    [Fact]
    public void Bodies_are_what_their_parts_are_as_frames() => FuzzRun.Over(
        Corpus.Bodies,
        (input, _) =>
        {
            var packets = new List<EnginePacket>();
            var reader = new PollingPayloadReader(input, ProtocolLimits.Default);
            while (reader.TryRead(out var packet))
                packets.Add(packet);
            return packets;
        },
        (input, packets) =>
        {
            if (packets is null)
                return;
            var parts = Encoding.Latin1.GetString(input).Split('\u001e').Select(Encoding.Latin1.GetBytes).ToList();
            packets.Count.ShouldBe(parts.Count);
            foreach (var (packet, part) in packets.Zip(parts))
            {
                var frame = EnginePacketReader.ReadText(part);
                packet.Type.ShouldBe(frame.Type);
                packet.IsBinary.ShouldBe(frame.IsBinary);
                packet.Payload.ToArray().ShouldBe(frame.Payload.ToArray());
            }

            if (!packets.Exists(packet => packet.IsBinary))
                Rewrite(packets).ShouldBe(input);
        },
        KeptPackets);

    // As a polling server reads: body, packets, messages, Socket.IO packets, one decoder all along.
    [Fact]
    public void Whole_bodies_go_through_to_packets()
    {
        var decoder = new PacketDecoder(new ProtocolLimits { MaxPacketSize = 10_000 });
        FuzzRun.Over(
            Corpus.Bodies,
            (input, _) =>
            {
                var packets = new List<Packet>();
                var reader = new PollingPayloadReader(input, ProtocolLimits.Default);
                while (reader.TryRead(out var message))
                {
                    if (message.Type != EnginePacketType.Message)
                        continue;
                    var complete = message.IsBinary
                        ? decoder.TryDecodeBinary(message.Payload, out var packet)
                        : decoder.TryDecode(message.Payload, out packet);
                    if (complete)
                        packets.Add(packet);
                }

                return packets;
            },
            (_, packets) =>
            {
                packets?.ForEach(p => p.Namespace.Span[0].ShouldBe((byte)'/'));
                decoder.Reset();
            },
            KeptPackets);
    }

    // Convert lets bits pass that are lost, as in "AB=="; those are refused.
    private static byte[]? TryBase64(string text)
    {
        try
        {
            var data = Convert.FromBase64String(text);
            return Convert.ToBase64String(data) == string.Concat(text.Where(c => !char.IsWhiteSpace(c))) ? data : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[] Rewrite(List<EnginePacket> packets)
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

        return buffer.WrittenSpan.ToArray();
    }

    private sealed record Frame(EnginePacket Packet);
}
