using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nerdbank.MessagePack;

namespace Stork.Redis.Wire;

/// <summary>One value of MessagePack as JSON with its binary data: placeholders where the binary values are, in order of their
/// appearance.</summary>
/// <remarks>What foreign processes write is read defensively: the library's reader checks each length against the bytes that are left, here
/// the depth, the number of binary values and the size of the JSON are bounded. Binary values are not copied.</remarks>
internal ref struct MessagePackToJson
{
    /// <summary>As servers themselves take no more from each other.</summary>
    private const int MaxAttachments = 10_000;

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
    /// <exception cref="FormatException">It is nothing that JSON can say, too deep or too large; the library throws exceptions of its own
    /// at what is no MessagePack.</exception>
    public static JsonPayload Read(ref MessagePackReader reader, int maxDepth, int maxSize)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions);
        var conversion = new MessagePackToJson(json, maxDepth, maxSize);
        conversion.ReadValue(ref reader, depth: 0);
        json.Flush();
        return new JsonPayload(buffer.WrittenMemory, conversion._attachments);
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
            ReadName(ref reader);
            ReadValue(ref reader, depth + 1);
        }

        _json.WriteEndObject();
    }

    /// <summary>Names may be whole numbers, as languages with other maps than JavaScript write them.</summary>
    private void ReadName(ref MessagePackReader reader)
    {
        if (reader.NextMessagePackType == MessagePackType.String)
        {
            _json.WritePropertyName(reader.ReadStringSpan());
            return;
        }

        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(reader.ReadInt64(), digits, out var length);
        _json.WritePropertyName(digits[..length]);
    }

    private readonly void CheckDepth(int depth)
    {
        if (depth >= _maxDepth) throw new FormatException($"It is deeper than {_maxDepth}.");
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

    /// <summary>A time is a text, as JavaScript makes of it in JSON. What Stork's peers have written before there was a standard for it is
    /// read as they read it themselves.</summary>
    private void ReadExtension(ref MessagePackReader reader)
    {
        const sbyte Timestamp = -1;
        const sbyte OfNotepack = 0;
        var extension = reader.ReadExtension();
        Span<byte> bytes = stackalloc byte[12];
        if (extension.Header.TypeCode is not (Timestamp or OfNotepack) || extension.Data.Length > bytes.Length)
            throw new FormatException($"Extension {extension.Header.TypeCode} has no meaning in JSON.");
        bytes = bytes[..(int)extension.Data.Length];
        extension.Data.CopyTo(bytes);
        if (extension.Header.TypeCode == Timestamp) WriteTime(Timestamps.Read(bytes));
        else if (bytes.Length == sizeof(long)) WriteTime(Timestamps.ReadMilliseconds(bytes));
        else _json.WriteNullValue();
    }

    private readonly void WriteTime(DateTimeOffset? time)
    {
        if (time is null) _json.WriteNullValue();
        else _json.WriteStringValue(Timestamps.Write(time.Value));
    }
}
