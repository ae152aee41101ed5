using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Stork.Wire;

/// <summary>
/// Builds one Socket.IO packet in a buffer that its thread keeps, so that an emit to a single connection costs one copy and no garbage.
/// </summary>
/// <remarks>
/// The JSON is written first, behind room for the longest possible header, because the header holds the number of attachments, which is
/// only known afterwards. <see cref="JsonTextCodec"/> then sets it right in front.
/// A builder is used by the thread that took it and only until it returns to its caller.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The writer holds only this builder's buffer; both live as long as their thread.")]
internal sealed class PacketBuilder : IBufferWriter<byte>
{
    /// <summary>A thread does not keep a buffer larger than this after a large packet.</summary>
    private const int KeptBufferSize = 64 * 1024;

    [ThreadStatic]
    private static PacketBuilder? _ofThisThread;

    private byte[] _buffer = new byte[1024];
    private Utf8JsonWriter? _json;
    private JsonSerializerOptions? _options;
    private int _reserved;
    private int _length;
    private int _start;
    private int _payloadLength;

    // Where the closing bracket of the arguments is without a trailer; 0 as long as that was not asked.
    private int _bracket;

    /// <summary>Bytes over all frames of the finished packet.</summary>
    public int Length { get; private set; }

    /// <summary>The finished text frame.</summary>
    public ReadOnlySpan<byte> Frame => _buffer.AsSpan(_start, _length - _start);

    /// <summary>What the finished text frame carries.</summary>
    public ReadOnlyMemory<byte> Payload => _buffer.AsMemory(_length - _payloadLength, _payloadLength);

    public AttachmentBuffer Attachments { get; } = new();

    public Utf8JsonWriter Json => _json!;

    /// <summary>Whether the last argument (the event's name, if there is none) is a string. The arguments are complete.</summary>
    public bool EndsWithString => _buffer.AsSpan(0, FindBracket()).TrimEnd(" \t\r\n"u8)[^1] == '"';

    /// <summary>The JSON written so far.</summary>
    public ReadOnlySpan<byte> JsonText
    {
        get
        {
            _json!.Flush();
            return _buffer.AsSpan(_reserved, _length - _reserved);
        }
    }

    /// <summary>Starts a packet. Building nests (a converter may emit), so a builder in use is not taken twice.</summary>
    public static PacketBuilder Start(int namespaceLength, JsonSerializerOptions options)
    {
        var builder = _ofThisThread ?? new PacketBuilder();
        _ofThisThread = null;
        builder.Reset(namespaceLength, options);
        return builder;
    }

    /// <summary>Gives the builder back to its thread.</summary>
    public void Release()
    {
        Attachments.Clear();
        if (_buffer.Length > KeptBufferSize) _buffer = new byte[1024];
        _ofThisThread = this;
    }

    /// <summary>Writes <c>{"_placeholder":true,"num":n}</c> and keeps the bytes as an attachment.</summary>
    public void WriteAttachment(Utf8JsonWriter json, ReadOnlySpan<byte> data)
    {
        Span<byte> placeholder = stackalloc byte[Placeholder.MaxLength];
        json.WriteRawValue(placeholder[..Placeholder.Write(placeholder, Attachments.Count)], skipInputValidation: true);
        Attachments.Add(data);
    }

    /// <summary>Copies JSON, or a part of it, behind what was written; nothing is checked and no comma set.</summary>
    public void WriteRaw(ReadOnlySpan<byte> json)
    {
        _json!.Flush();
        json.CopyTo(GetSpan(json.Length));
        Advance(json.Length);
    }

    /// <summary>Keeps bytes as an attachment whose placeholder stands in the JSON already.</summary>
    public void AddAttachment(ReadOnlySpan<byte> data) => Attachments.Add(data);

    /// <summary>
    /// Copies JSON that was received earlier; its placeholders keep their numbers, so it must be the only source of attachments.
    /// </summary>
    public void WriteReceived(ReadOnlySpan<byte> json, ReadOnlyMemory<byte>[] attachments)
    {
        _json!.WriteRawValue(json, skipInputValidation: true);
        foreach (var attachment in attachments) Attachments.Add(attachment.Span);
    }

    /// <summary>Puts a string behind the complete arguments, in the place of one put there before; none if it is empty.</summary>
    /// <param name="text">Characters that need no escaping.</param>
    public void SetTrailer(ReadOnlySpan<byte> text)
    {
        _length = FindBracket();
        EnsureRoom(text.Length + 4);
        if (text.Length > 0)
        {
            ",\""u8.CopyTo(_buffer.AsSpan(_length));
            text.CopyTo(_buffer.AsSpan(_length + 2));
            _buffer[_length + 2 + text.Length] = (byte)'"';
            _length += text.Length + 3;
        }

        _buffer[_length++] = (byte)']';
    }

    /// <summary>Puts the headers in front of the JSON written so far. May be called again for another namespace.</summary>
    public void Finish(PacketType type, ReadOnlySpan<byte> nsp, long ackId)
    {
        _json!.Flush();
        var buffer = _buffer.AsSpan(0, _length);
        _start = JsonTextCodec.WriteHeaders(buffer, _reserved, type, Attachments.Count, nsp, ackId, out _payloadLength);
        Length = _length - _start + Attachments.Length;
    }

    /// <summary>A copy that outlives the builder.</summary>
    public EncodedPacket ToPacket(PacketFlags flags) =>
        new(ToTextFrame(), Attachments.ToFrames(), flags);

    /// <summary>A copy of the finished text frame that outlives the builder.</summary>
    public EncodedFrame ToTextFrame() => EncodedFrame.FromTextFrame(Frame, _payloadLength);

    /// <summary>The finished packet in its parts, which are of use until the builder is changed.</summary>
    public Packet ToParts() =>
        JsonTextCodec.ReadParts(_buffer.AsMemory(_length - _payloadLength, _payloadLength), Attachments.ToViews());

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return _buffer.AsSpan(_length);
    }

    private int FindBracket()
    {
        _json!.Flush();
        if (_bracket == 0) _bracket = _length - 1;
        return _bracket;
    }

    private void Reset(int namespaceLength, JsonSerializerOptions options)
    {
        _reserved = JsonTextCodec.GetHeaderRoom(namespaceLength);
        _length = _reserved;
        _bracket = 0;
        EnsureRoom(256);
        if (_json is null || _options != options)
        {
            _options = options;
            var writing = new JsonWriterOptions { Encoder = options.Encoder, MaxDepth = options.MaxDepth, SkipValidation = true };
            _json = new Utf8JsonWriter(this, writing);
        }
        else
        {
            _json.Reset();
        }
    }

    private void EnsureRoom(int sizeHint)
    {
        var needed = _length + Math.Max(sizeHint, 64);
        if (needed > _buffer.Length) Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
    }
}
