using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Stork.Protocol.Tests.Properties;

public class PacketProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(2_000);

    [Fact]
    public void What_was_sent_is_what_is_decoded() => Check(packet =>
    {
        var decoded = Decode(packet.Text, packet.Attachments);

        decoded.Type.ShouldBe(packet.Type);
        Wire.Text(decoded.Namespace).ShouldBe(packet.Nsp);
        decoded.AckId.ShouldBe(packet.AckId);
        Wire.Text(decoded.Payload).ShouldBe(packet.Payload);
        decoded.EventName.ToArray().ShouldBe(Encoding.UTF8.GetBytes(packet.Name ?? ""));
        decoded.Attachments.Select(a => a.ToArray()).ShouldBe(packet.Attachments);
    });

    [Fact]
    public void The_header_is_what_the_document_of_the_protocol_says() => Check(packet =>
    {
        var nsp = Encoding.UTF8.GetBytes(packet.Nsp);
        var destination = new byte[PacketHeader.GetMaxLength(nsp.Length)];
        var length = PacketHeader.Format(destination, packet.Type, packet.Attachments.Length, nsp, packet.AckId);

        (Encoding.UTF8.GetString(destination, 0, length) + packet.Payload).ShouldBe(packet.Text);
    });

    [Fact]
    public void A_packet_cut_short_is_refused_unless_it_is_another_packet() => Check(packet =>
    {
        var bytes = Wire.Utf8(packet.Text);
        var payload = Encoding.UTF8.GetByteCount(packet.Payload);
        for (var length = bytes.Length - payload + 1; length < bytes.Length; length++)
        {
            var decoder = new PacketDecoder(ProtocolLimits.Default);
            Should.Throw<ProtocolException>(() => decoder.TryDecode(bytes[..length], out _)).Error.ShouldBe(ProtocolError.InvalidPayload);
        }
    }, runs: 300);

    [Fact]
    public void Bytes_after_the_payload_are_refused() => Check(packet =>
    {
        if (packet.Payload.Length == 0)
            return;
        foreach (var more in new[] { "x", "]", "\"", "[]", "1", "\0" })
            Wire.ErrorOf(packet.Text + more).ShouldBe(ProtocolError.InvalidPayload);
    }, runs: 300);

    [Fact]
    public void Packets_follow_each_other_on_one_decoder()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        Check(packet =>
        {
            var complete = decoder.TryDecode(Wire.Utf8(packet.Text), out var decoded);
            complete.ShouldBe(packet.Attachments.Length == 0);
            foreach (var attachment in packet.Attachments)
            {
                complete.ShouldBeFalse();
                complete = decoder.TryDecodeBinary(attachment, out decoded);
            }

            complete.ShouldBeTrue();
            Wire.Text(decoded.Payload).ShouldBe(packet.Payload);
        });
    }

    [Fact]
    public void A_placeholder_is_refused_exactly_when_it_points_nowhere()
    {
        var cases =
            from depth in Gen.Choose(0, 8)
            from num in Gen.Choose(-3, 12)
            from attachments in Gen.Choose(1, 10)
            from before in WirePackets.Json(2, attachments)
            from after in WirePackets.Json(2, attachments)
            from isBinary in Gen.Elements(true, true, false)
            select (Depth: depth, Num: num, Attachments: attachments, Before: before, After: after, IsBinary: isBinary);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var nested = $"{{\"_placeholder\":true,\"num\":{c.Num}}}";
            for (var i = 0; i < c.Depth; i++)
                nested = i % 2 == 0 ? $"[{c.Before},{nested}]" : $"{{\"before\":{c.Before},\"k\":{nested}}}";
            var text = (c.IsBinary ? $"5{c.Attachments}-" : "2") + $"[\"a\",{nested},{c.After}]";

            var error = ProtocolError.None;
            try
            {
                new PacketDecoder(ProtocolLimits.Default).TryDecode(Wire.Utf8(text), out _);
            }
            catch (ProtocolException e)
            {
                error = e.Error;
            }

            var pointsNowhere = c.IsBinary && (c.Num < 0 || c.Num >= c.Attachments);
            error.ShouldBe(pointsNowhere ? ProtocolError.IllegalAttachment : ProtocolError.None, text);
        }).Check(Thorough);
    }

    [Fact]
    public void An_event_name_is_the_same_however_it_is_escaped() =>
        Prop.ForAll(
            (from name in WirePackets.Names from quoted in WirePackets.Quoted(name) select (Name: name, Quoted: quoted)).ToArbitrary(),
            c => Wire.Decode($"2[{c.Quoted}]").EventName.ToArray().ShouldBe(Encoding.UTF8.GetBytes(c.Name))).Check(Thorough);

    private static Packet Decode(string text, byte[][] attachments) =>
        attachments.Length == 0 ? Wire.Decode(text) : Wire.Decode(text, attachments);

    private static void Check(Action<WirePacket> check, int runs = 2_000) =>
        Prop.ForAll(WirePackets.Any, check).Check(Thorough.WithMaxTest(runs));
}
