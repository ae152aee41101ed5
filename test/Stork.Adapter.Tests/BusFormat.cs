using System.Net;
using Microsoft.Extensions.Primitives;

namespace Stork.Adapter.Tests;

/// <summary>Messages as bytes, in a format of this test's own: the kind, then the parts in order. Throws what BinaryReader throws on
/// anything else.</summary>
internal static class BusFormat
{
    public static byte[] Write(ClusterMessage message)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write((byte)message.Type);
        writer.Write(message.ServerId);
        switch (message)
        {
            case ClusterBroadcast it: Write(writer, it.Options); Write(writer, it.Event); Write(writer, it.RequestId); break;
            case ClusterJoin it: Write(writer, it.Options); Write(writer, it.Rooms); break;
            case ClusterLeave it: Write(writer, it.Options); Write(writer, it.Rooms); break;
            case ClusterDisconnect it: Write(writer, it.Options); writer.Write(it.Close); break;
            case ClusterFetchSockets it: Write(writer, it.Options); writer.Write(it.RequestId); break;
            case ClusterSocketsFetched it: writer.Write(it.RequestId); Write(writer, it.Sockets); break;
            case ClusterServerEvent it: Write(writer, it.Event); Write(writer, it.RequestId); break;
            case ClusterServerAnswer it: writer.Write(it.RequestId); Write(writer, it.Value); break;
            case ClusterClientCount it: writer.Write(it.RequestId); writer.Write(it.Count); break;
            case ClusterClientAnswer it: writer.Write(it.RequestId); Write(writer, it.Value); break;
        }

        return stream.ToArray();
    }

    public static ClusterMessage? Read(ReadOnlyMemory<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()));
        var type = (ClusterMessageType)reader.ReadByte();
        var from = reader.ReadString();
        return type switch
        {
            ClusterMessageType.InitialHeartbeat => new ClusterHello { ServerId = from },
            ClusterMessageType.Heartbeat => new ClusterHeartbeat { ServerId = from },
            ClusterMessageType.AdapterClose => new ClusterGoodbye { ServerId = from },
            ClusterMessageType.Broadcast => new ClusterBroadcast
            {
                ServerId = from,
                Options = ReadOptions(reader),
                Event = ReadPayload(reader),
                RequestId = ReadText(reader),
            },
            ClusterMessageType.SocketsJoin => new ClusterJoin { ServerId = from, Options = ReadOptions(reader), Rooms = ReadTexts(reader) },
            ClusterMessageType.SocketsLeave =>
                new ClusterLeave { ServerId = from, Options = ReadOptions(reader), Rooms = ReadTexts(reader) },
            ClusterMessageType.DisconnectSockets =>
                new ClusterDisconnect { ServerId = from, Options = ReadOptions(reader), Close = reader.ReadBoolean() },
            ClusterMessageType.FetchSockets =>
                new ClusterFetchSockets { ServerId = from, Options = ReadOptions(reader), RequestId = reader.ReadString() },
            ClusterMessageType.FetchSocketsResponse =>
                new ClusterSocketsFetched { ServerId = from, RequestId = reader.ReadString(), Sockets = ReadSockets(reader) },
            ClusterMessageType.ServerSideEmit =>
                new ClusterServerEvent { ServerId = from, Event = ReadPayload(reader), RequestId = ReadText(reader) },
            ClusterMessageType.ServerSideEmitResponse =>
                new ClusterServerAnswer { ServerId = from, RequestId = reader.ReadString(), Value = ReadPayload(reader) },
            ClusterMessageType.BroadcastClientCount =>
                new ClusterClientCount { ServerId = from, RequestId = reader.ReadString(), Count = reader.ReadInt32() },
            ClusterMessageType.BroadcastAck =>
                new ClusterClientAnswer { ServerId = from, RequestId = reader.ReadString(), Value = ReadPayload(reader) },
            _ => throw new InvalidDataException("Unknown kind."),
        };
    }

    private static void Write(BinaryWriter writer, BroadcastOptions options)
    {
        Write(writer, options.Rooms);
        Write(writer, options.Except);
        writer.Write(options.Volatile);
        writer.Write(options.Compress);
        writer.Write(options.Timeout?.Ticks ?? -1);
    }

    private static BroadcastOptions ReadOptions(BinaryReader reader)
    {
        var options = new BroadcastOptions
        {
            Rooms = ReadTexts(reader),
            Except = ReadTexts(reader),
            Volatile = reader.ReadBoolean(),
            Compress = reader.ReadBoolean(),
        };
        return reader.ReadInt64() is >= 0 and var ticks ? options with { Timeout = TimeSpan.FromTicks(ticks) } : options;
    }

    private static void Write(BinaryWriter writer, JsonPayload payload)
    {
        Write(writer, payload.Json);
        writer.Write(payload.Attachments.Count);
        foreach (var attachment in payload.Attachments) Write(writer, attachment);
    }

    private static JsonPayload ReadPayload(BinaryReader reader)
    {
        var json = ReadBytes(reader);
        var attachments = new ReadOnlyMemory<byte>[ReadCount(reader)];
        for (var i = 0; i < attachments.Length; i++) attachments[i] = ReadBytes(reader);
        return new JsonPayload(json, attachments);
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<ClusterSocket> sockets)
    {
        writer.Write(sockets.Count);
        foreach (var socket in sockets)
        {
            writer.Write(socket.Id);
            Write(writer, socket.Rooms);
            Write(writer, socket.Data);
            Write(writer, socket.Handshake);
        }
    }

    private static ClusterSocket[] ReadSockets(BinaryReader reader)
    {
        var sockets = new ClusterSocket[ReadCount(reader)];
        for (var i = 0; i < sockets.Length; i++)
        {
            sockets[i] = new ClusterSocket
            {
                Id = reader.ReadString(),
                Rooms = ReadTexts(reader),
                Data = ReadPayload(reader),
                Handshake = ReadHandshake(reader),
            };
        }

        return sockets;
    }

    private static void Write(BinaryWriter writer, HandshakeData handshake)
    {
        writer.Write(handshake.Url);
        writer.Write(handshake.Address?.ToString() ?? "");
        writer.Write(handshake.Secure);
        writer.Write(handshake.Time.UtcTicks);
        writer.Write(handshake.Issued.UtcTicks);
        Write(writer, handshake.Auth);
        writer.Write(handshake.Headers.Count);
        foreach (var (name, values) in handshake.Headers)
        {
            writer.Write(name);
            writer.Write(values.ToString());
        }
    }

    private static HandshakeData ReadHandshake(BinaryReader reader)
    {
        var handshake = new HandshakeData
        {
            Url = reader.ReadString(),
            Address = IPAddress.TryParse(reader.ReadString(), out var address) ? address : null,
            Secure = reader.ReadBoolean(),
            Time = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
            Issued = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
            Auth = ReadBytes(reader),
        };
        var headers = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        for (var left = ReadCount(reader); left > 0; left--) headers[reader.ReadString()] = reader.ReadString();
        return handshake with { Headers = headers };
    }

    /// <summary>A number of things that take a byte each at least: foreign bytes must not make a server ask for memory that they do not
    /// fill.</summary>
    private static int ReadCount(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        return count >= 0 && count <= reader.BaseStream.Length - reader.BaseStream.Position ? count : throw new EndOfStreamException();
    }

    private static void Write(BinaryWriter writer, ReadOnlyMemory<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes.Span);
    }

    private static byte[] ReadBytes(BinaryReader reader)
    {
        var length = ReadCount(reader);
        var bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<string> texts)
    {
        writer.Write(texts.Count);
        foreach (var text in texts) writer.Write(text);
    }

    private static string[] ReadTexts(BinaryReader reader)
    {
        var texts = new string[ReadCount(reader)];
        for (var i = 0; i < texts.Length; i++) texts[i] = reader.ReadString();
        return texts;
    }

    private static void Write(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null) writer.Write(text);
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;
}
