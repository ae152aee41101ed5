using System.Runtime.InteropServices;
using Nerdbank.MessagePack;
using Stork.MessagePack.Values;
using Stork.Protocol;

namespace Stork.MessagePack;

/// <summary>
/// The map that is a packet, as a client sent it: <c>{ type, nsp, data, id }</c> in any order. What else is in it is not looked at:
/// official clients send their <c>options</c>.
/// </summary>
/// <remarks>
/// Strict where the official decoder is: the type is a whole number, the namespace a string, the id a whole number or undefined. Beyond
/// that, no key of these may come twice, and nothing may follow the map. Depth, binary values and the size of the JSON are bounded, and the
/// library checks each length against the bytes that are left.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal struct PacketMap
{
    /// <summary>No byte of MessagePack becomes more than so many of JSON, but those of binary values, whose number is bounded: a control
    /// character has six.</summary>
    private const int LargestGrowth = 6;

    private long? _type;
    private long? _id;
    private ReadOnlyMemory<byte>? _nsp;
    private JsonPayload? _data;

    /// <exception cref="ProtocolException">It is no such map, or exceeds a limit.</exception>
    public static PacketMap Read(ReadOnlyMemory<byte> message, ProtocolLimits limits)
    {
        if (message.IsEmpty) throw new ProtocolException(ProtocolError.EmptyPacket);
        try
        {
            var map = default(PacketMap);
            var reader = new MessagePackReader(message);
            for (var left = reader.ReadMapHeader(); left > 0; left--) map.ReadField(ref reader, limits);
            return reader.End ? map : throw new ProtocolException(ProtocolError.InvalidPayload);
        }
        catch (ValueTooDeepException)
        {
            throw new ProtocolException(ProtocolError.TooDeep);
        }
        catch (Exception exception) when (IsFormatError(exception))
        {
            throw new ProtocolException(ProtocolError.InvalidPayload);
        }
    }

    public readonly Packet ToPacket(ProtocolLimits limits)
    {
        if (_type is null or < 0 or > (long)PacketType.ConnectError) throw new ProtocolException(ProtocolError.UnknownPacketType);
        if (_nsp is null) throw new ProtocolException(ProtocolError.InvalidPayload);
        if (_id < 0) throw new ProtocolException(ProtocolError.InvalidAckId);
        var data = IsAbsent() ? null : _data;
        // Of the message nothing is left when the call returns.
        ReadOnlyMemory<byte>[] attachments = [.. data?.Attachments.Select(static bytes => (ReadOnlyMemory<byte>)bytes.ToArray()) ?? []];
        return Packet.Create((PacketType)_type, _nsp.Value, _id ?? -1, data?.Json ?? default, attachments, limits);
    }

    /// <summary>What the reader throws at what is no MessagePack, or not what is asked for, and the JSON writer at what it cannot
    /// say.</summary>
    private static bool IsFormatError(Exception exception) => exception
        is FormatException or MessagePackSerializationException or EndOfStreamException or OverflowException or ArgumentException
        or InvalidOperationException;

    private static void RequireNew(bool isNew)
    {
        if (!isNew) throw new FormatException("The key came before.");
    }

    private void ReadField(ref MessagePackReader reader, ProtocolLimits limits)
    {
        var key = reader.ReadStringSpan();
        if (key.SequenceEqual("type"u8))
        {
            RequireNew(_type is null);
            _type = reader.ReadInt64();
        }
        else if (key.SequenceEqual("nsp"u8))
        {
            RequireNew(_nsp is null);
            _nsp = reader.ReadStringSpan().ToArray();
        }
        else if (key.SequenceEqual("id"u8))
        {
            RequireNew(_id is null);
            if (!MessagePackToJson.TrySkipUndefined(ref reader)) _id = reader.ReadInt64();
        }
        else if (key.SequenceEqual("data"u8))
        {
            RequireNew(_data is null);
            if (MessagePackToJson.TrySkipUndefined(ref reader)) return;
            var maxSize = (int)Math.Min(limits.MaxPacketSize * (long)LargestGrowth, ProtocolLimits.LargestPacketSize);
            _data = MessagePackToJson.Read(ref reader, limits.MaxJsonDepth, maxSize);
        }
        else
        {
            reader.Skip(new SerializationContext { MaxDepth = limits.MaxJsonDepth });
        }
    }

    /// <summary>Clients in other languages write null where JavaScript has undefined.</summary>
    private readonly bool IsAbsent() =>
        _type is (long)PacketType.Connect or (long)PacketType.Disconnect && _data is { } data && data.Json.Span.SequenceEqual("null"u8);
}
