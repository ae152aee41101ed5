using System.Buffers;
using System.Text;

namespace Stork.MessagePack.Tests;

/// <summary>Packets in a form that one can read.</summary>
internal static class Packets
{
    private static readonly MessagePackParser Parser = new();

    public static Packet Read(string hex, ProtocolLimits? limits = null) =>
        Parser.Read(Convert.FromHexString(hex), limits ?? ProtocolLimits.Default);

    public static string Write(in Packet packet)
    {
        var output = new ArrayBufferWriter<byte>();
        Parser.Write(output, packet);
        return Convert.ToHexStringLower(output.WrittenSpan);
    }

    public static Packet Create(PacketType type, string nsp, long ackId, string json, params byte[][] attachments) => Packet.Create(
        type,
        Encoding.UTF8.GetBytes(nsp),
        ackId,
        Encoding.UTF8.GetBytes(json),
        [.. attachments.Select(static bytes => (ReadOnlyMemory<byte>)bytes)],
        ProtocolLimits.Default);

    /// <summary>Type, namespace, id and JSON with attachments in hexadecimal digits.</summary>
    public static string Describe(in Packet packet)
    {
        var id = packet.AckId < 0 ? "" : $" #{packet.AckId}";
        var json = packet.Payload.IsEmpty ? "" : " " + Encoding.UTF8.GetString(packet.Payload.Span);
        var attachments = string.Concat(packet.Attachments.Select(static bytes => " +" + Convert.ToHexStringLower(bytes.Span)));
        return $"{packet.Type} {Encoding.UTF8.GetString(packet.Namespace.Span)}{id}{json}{attachments}";
    }
}
