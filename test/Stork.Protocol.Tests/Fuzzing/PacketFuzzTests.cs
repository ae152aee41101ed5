using System.Text;

namespace Stork.Protocol.Tests.Fuzzing;

public class PacketFuzzTests
{
    private static readonly ProtocolLimits Tight = new()
    {
        MaxPacketSize = 200,
        MaxJsonDepth = 4,
        MaxAttachments = 3,
        MaxNamespaceLength = 8,
    };

    [Fact]
    public void The_decoder_agrees_with_the_reference_on_mutated_packets() => FuzzRun.Over(
        Corpus.Packets,
        (input, _) => Decode(input, ProtocolLimits.Default),
        (input, outcome) => Compare(input, outcome, ProtocolLimits.Default));

    [Fact]
    public void The_decoder_agrees_with_the_reference_under_tight_limits() =>
        FuzzRun.Over(Corpus.Packets, (input, _) => Decode(input, Tight), (input, outcome) => Compare(input, outcome, Tight));

    [Fact]
    public void The_decoder_agrees_with_the_reference_on_all_short_texts()
    {
        var alphabet = "0156/,-[]{}\":\\au \n"u8.ToArray();
        string[] starts = ["", "2", "2[", "2[\"", "31", "51-", "6", "0/", "0{", "4\"", "52-[\"a\",{\"_placeholder\":true,\"num\":"];
        foreach (var start in starts)
        {
            foreach (var end in Words(alphabet, longest: 3))
            {
                byte[] input = [.. Wire.Utf8(start).Span, .. end];
                Outcome? outcome = null;
                try
                {
                    outcome = Decode(input, ProtocolLimits.Default);
                }
                catch (ProtocolException)
                {
                    // Whether it may be refused is for the reference to say.
                }

                Compare(input, outcome, ProtocolLimits.Default);
            }
        }
    }

    [Fact]
    public void What_was_decoded_can_be_written_and_decoded_again() => FuzzRun.Over(
        Corpus.Packets,
        (input, _) => Decode(input, ProtocolLimits.Default),
        (_, outcome) =>
        {
            if (outcome is null)
                return;
            var packet = outcome.Packet;
            var header = new byte[PacketHeader.GetMaxLength(packet.Namespace.Length)];
            var length = PacketHeader.Format(header, packet.Type, packet.Attachments.Length, packet.Namespace.Span, packet.AckId);
            var again = Decode([.. header.AsSpan(0, length), .. packet.Payload.Span], ProtocolLimits.Default);

            again.ToString().ShouldBe(outcome.ToString());
            again.Packet.EventName.ToArray().ShouldBe(packet.EventName.ToArray());
        });

    // One decoder through a whole conversation: texts and binaries as they come, also after violations.
    [Fact]
    public void A_decoder_survives_any_conversation()
    {
        var decoder = new PacketDecoder(Tight);
        FuzzRun.Over(
            Corpus.Packets,
            (input, random) =>
            {
                Packet packet;
                var complete = random.Next(3) == 0
                    ? decoder.TryDecodeBinary(input, out packet)
                    : decoder.TryDecode(input, out packet);
                complete.ShouldBe(!decoder.IsWaitingForAttachments);
                return complete ? new Outcome(packet) : new Outcome(default);
            },
            (_, outcome) =>
            {
                if (outcome is null)
                    decoder.IsWaitingForAttachments.ShouldBeFalse();
                else
                    CheckInvariants(outcome.Packet, Tight);
            });
    }

    private static Outcome Decode(byte[] input, ProtocolLimits limits)
    {
        var decoder = new PacketDecoder(limits);
        var complete = decoder.TryDecode(input, out var packet);
        while (!complete)
            complete = decoder.TryDecodeBinary(ReadOnlyMemory<byte>.Empty, out packet);
        decoder.IsWaitingForAttachments.ShouldBeFalse();
        return new Outcome(packet);
    }

    private static void Compare(byte[] input, Outcome? outcome, ProtocolLimits limits)
    {
        if (outcome is not null)
            CheckInvariants(outcome.Packet, limits);
        (outcome?.ToString()).ShouldBe(ReferenceParser.Parse(input, limits), Encoding.Latin1.GetString(input));
    }

    private static void CheckInvariants(Packet packet, ProtocolLimits limits)
    {
        if (packet.Namespace.IsEmpty)
            return; // attachments are due, there is no packet yet
        packet.Namespace.Span[0].ShouldBe((byte)'/');
        packet.Namespace.Length.ShouldBeInRange(1, limits.MaxNamespaceLength);
        packet.AckId.ShouldBeGreaterThanOrEqualTo(-1);
        packet.Attachments.Length.ShouldBeInRange(0, limits.MaxAttachments);
        (packet.Payload.Length + packet.Attachments.Sum(a => a.Length)).ShouldBeLessThan(limits.MaxPacketSize + 1);
        if (packet.IsEvent)
            ReservedEvents.Contains(packet.EventName.Span).ShouldBeFalse();
        else
            packet.EventName.IsEmpty.ShouldBeTrue();
        if (packet.IsEvent || packet.IsAck)
            (packet.Payload.Span[0], packet.Payload.Span[^1]).ShouldBe(((byte)'[', (byte)']'));
    }

    private static IEnumerable<byte[]> Words(byte[] alphabet, int longest)
    {
        IEnumerable<byte[]> words = [[]];
        for (var length = 0; length < longest; length++)
        {
            foreach (var word in words)
                yield return word;
            words = words.SelectMany(_ => alphabet, (word, letter) => (byte[])[.. word, letter]);
        }

        foreach (var word in words)
            yield return word;
    }

    private sealed record Outcome(Packet Packet)
    {
        public override string ToString() => ReferenceParser.Describe(
            (int)Packet.Type,
            Packet.Attachments.Length,
            Encoding.Latin1.GetString(Packet.Namespace.Span),
            $"{Packet.AckId}",
            Encoding.Latin1.GetString(Packet.Payload.Span));
    }
}
