using System.Buffers;
using System.Text;
using System.Text.Json;
using Stork.Protocol;

namespace Stork.Adapter.Tests;

/// <summary>Another format, made with nothing but what everybody can see: a packet is one JSON object.</summary>
internal sealed class JsonParser : PacketParser
{
    private int _events;

    /// <summary>How many times an event was encoded.</summary>
    public int Events => Volatile.Read(ref _events);

    public override bool IsBinary => false;

    public override void Write(IBufferWriter<byte> output, in Packet packet)
    {
        if (packet.IsEvent) Interlocked.Increment(ref _events);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("type", (int)packet.Type);
        json.WriteString("nsp", packet.Namespace.Span);
        if (packet.AckId >= 0) json.WriteNumber("id", packet.AckId);
        if (!packet.Payload.IsEmpty)
        {
            json.WritePropertyName("data");
            json.WriteRawValue(packet.Payload.Span);
        }

        json.WriteEndObject();
    }

    public override Packet Read(ReadOnlyMemory<byte> message, ProtocolLimits limits)
    {
        try
        {
            using var document = JsonDocument.Parse(message, new JsonDocumentOptions { MaxDepth = limits.MaxJsonDepth });
            var packet = document.RootElement;
            return Packet.Create(
                (PacketType)packet.GetProperty("type").GetByte(),
                Encoding.UTF8.GetBytes(packet.GetProperty("nsp").GetString()!),
                packet.TryGetProperty("id", out var id) ? id.GetInt64() : -1,
                packet.TryGetProperty("data", out var data) ? Encoding.UTF8.GetBytes(data.GetRawText()) : default,
                attachments: null,
                limits);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ProtocolException(ProtocolError.InvalidPayload);
        }
    }
}
