using System.Buffers;
using Nerdbank.MessagePack;
using Stork.Redis.Wire;

namespace Stork.Redis.PubSub;

/// <summary>
/// An event for sockets, as it stands on the channels of broadcasts: MessagePack, an array of who sends, the packet, and whom it is for.
/// </summary>
/// <remarks>
/// <code>
/// [uid, { type: 2, data: [name, …arguments], nsp }, { rooms: […], except: […], flags: { volatile, compress } }]
/// </code>
/// Binary values stand among the arguments as they are. Processes that only emit write the members in another order, and old ones leave
/// some out.
/// </remarks>
internal sealed class BroadcastFormat(string nsp, int maxDepth, int maxSize)
{
    private const int EventType = 2;
    private const int Parts = 3;
    private const int SizeAround = 128;

    public ReadOnlyMemory<byte> Write(ClusterBroadcast broadcast)
    {
        var buffer = CreateBuffer(broadcast.Event);
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(Parts);
        writer.Write(broadcast.ServerId);
        WritePacket(ref writer, broadcast.Event);
        WriteOptions(ref writer, broadcast.Options, flagsFirst: broadcast.ServerId == ClusterMessage.EmitterId);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Writes a broadcast that asks for acknowledgements: a request like others, with a packet in it.</summary>
    public ReadOnlyMemory<byte> WriteRequest(ClusterBroadcast broadcast)
    {
        const int Members = 5;
        var buffer = CreateBuffer(broadcast.Event);
        var writer = new MessagePackWriter(buffer);
        writer.WriteMapHeader(Members);
        WriteName(ref writer, "uid"u8);
        writer.Write(broadcast.ServerId);
        WriteName(ref writer, "requestId"u8);
        writer.Write(broadcast.RequestId);
        WriteName(ref writer, "type"u8);
        writer.Write((int)RequestType.Broadcast);
        WriteName(ref writer, "packet"u8);
        WritePacket(ref writer, broadcast.Event);
        WriteName(ref writer, "opts"u8);
        WriteOptions(ref writer, broadcast.Options);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads a broadcast.</summary>
    /// <returns>Null if it is for another namespace.</returns>
    public ClusterBroadcast? Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessagePackReader(bytes);
        if (reader.ReadArrayHeader() != Parts) throw new FormatException("A broadcast has three parts.");
        var serverId = reader.ReadString() ?? "";
        JsonPayload? data = null;
        var target = "/";
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            switch (reader.ReadString())
            {
                case "data":
                    data = MessagePackToJson.Read(ref reader, maxDepth, maxSize);
                    break;
                case "nsp":
                    target = reader.ReadString() ?? target;
                    break;
                default:
                    _ = MessagePackToJson.Read(ref reader, maxDepth, maxSize);
                    break;
            }
        }

        if (target != nsp) return null;
        var options = BusFields.Read(MessagePackToJson.Read(ref reader, maxDepth, maxSize), maxDepth);
        return new ClusterBroadcast
        {
            ServerId = serverId,
            Event = data ?? throw new FormatException("A broadcast has no event."),
            Options = OptionsFormat.Read(options),
        };
    }

    private static ArrayBufferWriter<byte> CreateBuffer(JsonPayload payload)
    {
        var size = SizeAround + payload.Json.Length;
        foreach (var attachment in payload.Attachments) size += attachment.Length;
        return new ArrayBufferWriter<byte>(size);
    }

    private static void WriteName(ref MessagePackWriter writer, ReadOnlySpan<byte> name) => writer.WriteString(name);

    private static void WriteTexts(ref MessagePackWriter writer, IReadOnlyList<string> texts)
    {
        writer.WriteArrayHeader(texts.Count);
        foreach (var text in texts) writer.Write(text);
    }

    private static void WriteOptions(ref MessagePackWriter writer, BroadcastOptions options, bool flagsFirst = false)
    {
        const int Members = 3;
        writer.WriteMapHeader(Members);
        WriteName(ref writer, "rooms"u8);
        WriteTexts(ref writer, options.Rooms);
        if (flagsFirst) WriteFlags(ref writer, options);
        WriteName(ref writer, "except"u8);
        WriteTexts(ref writer, options.Except);
        if (!flagsFirst) WriteFlags(ref writer, options);
    }

    private static void WriteFlags(ref MessagePackWriter writer, BroadcastOptions options)
    {
        WriteName(ref writer, "flags"u8);
        writer.WriteMapHeader((options.Volatile ? 1 : 0) + (options.Compress ? 0 : 1) + (options.Timeout is null ? 0 : 1));
        if (options.Volatile)
        {
            WriteName(ref writer, "volatile"u8);
            writer.Write(value: true);
        }

        if (!options.Compress)
        {
            WriteName(ref writer, "compress"u8);
            writer.Write(value: false);
        }

        if (options.Timeout is not { } timeout) return;
        WriteName(ref writer, "timeout"u8);
        writer.Write((long)timeout.TotalMilliseconds);
    }

    private void WritePacket(ref MessagePackWriter writer, JsonPayload @event)
    {
        const int Members = 3;
        writer.WriteMapHeader(Members);
        WriteName(ref writer, "type"u8);
        writer.Write(EventType);
        WriteName(ref writer, "data"u8);
        JsonToMessagePack.Write(ref writer, @event, maxDepth);
        WriteName(ref writer, "nsp"u8);
        writer.Write(nsp);
    }
}
