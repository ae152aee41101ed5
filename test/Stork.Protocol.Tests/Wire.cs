using System.Text;

namespace Stork.Protocol.Tests;

/// <summary>Turns wire strings, as they stand in the protocol's documents, into bytes and packets.</summary>
internal static class Wire
{
    public static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    public static Packet Decode(string text, ProtocolLimits? limits = null) => Decode(Utf8(text), limits);

    public static Packet Decode(ReadOnlyMemory<byte> text, ProtocolLimits? limits = null)
    {
        var decoder = new PacketDecoder(limits ?? ProtocolLimits.Default);
        decoder.TryDecode(text, out var packet).ShouldBeTrue("the packet should have been complete");
        decoder.IsWaitingForAttachments.ShouldBeFalse();
        return packet;
    }

    /// <summary>Decodes a packet together with its attachments.</summary>
    public static Packet Decode(string text, params byte[][] attachments)
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        decoder.TryDecode(Utf8(text), out var packet).ShouldBeFalse("attachments should have been due");
        for (var i = 0; i < attachments.Length; i++)
        {
            decoder.IsWaitingForAttachments.ShouldBeTrue();
            decoder.TryDecodeBinary(attachments[i], out packet).ShouldBe(i == attachments.Length - 1);
        }

        decoder.IsWaitingForAttachments.ShouldBeFalse();
        return packet;
    }

    public static ProtocolError ErrorOf(string text, ProtocolLimits? limits = null) => ErrorOf(Utf8(text), limits);

    public static ProtocolError ErrorOf(ReadOnlyMemory<byte> text, ProtocolLimits? limits = null)
    {
        var decoder = new PacketDecoder(limits ?? ProtocolLimits.Default);
        var error = Should.Throw<ProtocolException>(() => decoder.TryDecode(text, out _)).Error;
        decoder.IsWaitingForAttachments.ShouldBeFalse();
        return error;
    }
}
