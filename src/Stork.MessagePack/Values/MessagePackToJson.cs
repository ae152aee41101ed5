using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nerdbank.MessagePack;

namespace Stork.MessagePack.Values;

/// <summary>One value of MessagePack as JSON with its binary data: placeholders where the binary values are, in order of their
/// appearance.</summary>
/// <remarks>What foreign processes write is read defensively: the library's reader checks each length against the bytes that are left, here
/// the depth, the number of binary values and the size of the JSON are bounded. Binary values are not copied.</remarks>
internal ref struct MessagePackToJson
{
    /// <summary>As servers themselves take no more from each other.</summary>
    private const int MaxAttachments = 10_000;

    private const sbyte Timestamp = -1;
    private const sbyte OfNotepack = 0;
    private const int LongestTimestamp = 12;

    private static readonly JsonWriterOptions WriterOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly Utf8JsonWriter _json;
    private readonly int _maxDepth;
    private readonly int _maxSize;
    private List<ReadOnlyMemory<byte>>? _attachments;

    private MessagePackToJson(Utf8JsonWriter json, int maxDepth, int maxSize)
    {
        _json = json;
        _maxDepth = maxDepth;
        _maxSize = maxSize;
    }

    /// <summary>Reads the value that comes next.</summary>
    /// <param name="reader">Over one piece of memory, whose bytes must not change any more.</param>
    /// <param name="maxDepth">How deep arrays and objects may lie in each other.</param>
    /// <param name="maxSize">Bytes of the JSON.</param>
    /// <exception cref="ValueTooDeepException">It is too deep.</exception>
    /// <exception cref="FormatException">It is nothing that JSON can say, or too large; the library throws exceptions of its own at what is
    /// no MessagePack.</exception>
    public static JsonPayload Read(ref MessagePackReader reader, int maxDepth, int maxSize)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions);
        var conversion = new MessagePackToJson(json, maxDepth, maxSize);
        conversion.ReadValue(ref reader, depth: 0);
        json.Flush();
        return new JsonPayload(buffer.WrittenMemory, conversion._attachments);
    }

    /// <summary>Passes over what the official packer writes for <c>undefined</c>, if that comes next.</summary>
    public static bool TrySkipUndefined(ref MessagePackReader reader)
    {
        if (reader.End || reader.NextCode != MessagePackCode.FixExt1) return false;
        var ahead = reader.CreatePeekReader();
        if (ahead.ReadExtension().Header.TypeCode != OfNotepack) return false;
        reader.ReadExtension();
        return true;
    }

    private void ReadValue(ref MessagePackReader reader, int depth)
    {
        if (_json.BytesCommitted + _json.BytesPending > _maxSize) throw new FormatException("It is too large as JSON.");
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                _json.WriteNullValue();
                break;
            case MessagePackType.Boolean:
                _json.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Integer:
                if (reader.NextCode == MessagePackCode.UInt64) _json.WriteNumberValue(reader.ReadUInt64());
                else _json.WriteNumberValue(reader.ReadInt64());
                break;
            case MessagePackType.Float:
                WriteNumber(reader.ReadDouble());
                break;
            case MessagePackType.String:
                _json.WriteStringValue(reader.ReadStringSpan());
                break;
            case MessagePackType.Binary:
                WriteAttachment(reader.ReadBytes()!.Value);
                break;
            case MessagePackType.Array:
                ReadArray(ref reader, depth);
                break;
            case MessagePackType.Map:
                ReadMap(ref reader, depth);
                break;
            case MessagePackType.Extension:
                ReadExtension(ref reader);
                break;
            default:
                throw new FormatException("It is no MessagePack.");
        }
    }

    private void ReadArray(ref MessagePackReader reader, int depth)
    {
        CheckDepth(depth);
        _json.WriteStartArray();
        for (var left = reader.ReadArrayHeader(); left > 0; left--) ReadValue(ref reader, depth + 1);
        _json.WriteEndArray();
    }

    private void ReadMap(ref MessagePackReader reader, int depth)
    {
        CheckDepth(depth);
        _json.WriteStartObject();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = ReadName(ref reader);
            // JSON leaves out what is undefined, and the type that a handler takes may know no null there.
            if (TrySkipUndefined(ref reader)) continue;
            _json.WritePropertyName(name);
            ReadValue(ref reader, depth + 1);
        }

        _json.WriteEndObject();
    }

    /// <summary>Names may be whole numbers, as languages with other maps than JavaScript write them.</summary>
    private static ReadOnlySpan<byte> ReadName(ref MessagePackReader reader) => reader.NextMessagePackType == MessagePackType.String
        ? reader.ReadStringSpan()
        : Encoding.UTF8.GetBytes(reader.ReadInt64().ToString(CultureInfo.InvariantCulture));

    private readonly void CheckDepth(int depth)
    {
        if (depth >= _maxDepth) throw new ValueTooDeepException(_maxDepth);
    }

    private readonly void WriteNumber(double number)
    {
        if (double.IsFinite(number)) _json.WriteNumberValue(number);
        else _json.WriteNullValue();
    }

    private void WriteAttachment(ReadOnlySequence<byte> bytes)
    {
        _attachments ??= [];
        if (_attachments.Count == MaxAttachments) throw new FormatException($"There are more than {MaxAttachments} binary values.");
        _json.WriteStartObject();
        _json.WriteBoolean("_placeholder"u8, value: true);
        _json.WriteNumber("num"u8, _attachments.Count);
        _json.WriteEndObject();
        _attachments.Add(bytes.IsSingleSegment ? bytes.First : bytes.ToArray());
    }

    /// <summary>A time is a text, as JavaScript makes of it in JSON. The official packer writes binary data of some of JavaScript's types
    /// as an extension, too, and in the version of the parser for clients times and undefined values in forms of its own.</summary>
    private void ReadExtension(ref MessagePackReader reader)
    {
        var code = reader.NextCode;
        var extension = reader.ReadExtension();
        switch (extension.Header.TypeCode)
        {
            case Timestamp when extension.Data.Length <= LongestTimestamp:
                Span<byte> bytes = stackalloc byte[LongestTimestamp];
                extension.Data.CopyTo(bytes);
                WriteTime(Timestamps.Read(bytes[..(int)extension.Data.Length]));
                break;
            case OfNotepack when code == MessagePackCode.FixExt8:
                Span<byte> milliseconds = stackalloc byte[sizeof(long)];
                extension.Data.CopyTo(milliseconds);
                WriteTime(Timestamps.ReadMilliseconds(milliseconds));
                break;
            case OfNotepack when code == MessagePackCode.FixExt1:
                _json.WriteNullValue();
                break;
            case OfNotepack when code is MessagePackCode.Ext8 or MessagePackCode.Ext16 or MessagePackCode.Ext32:
                WriteAttachment(extension.Data);
                break;
            default:
                throw new FormatException($"Extension {extension.Header.TypeCode} has no meaning in JSON.");
        }
    }

    private readonly void WriteTime(DateTimeOffset? time)
    {
        if (time is null) _json.WriteNullValue();
        else _json.WriteStringValue(Timestamps.Write(time.Value));
    }
}
