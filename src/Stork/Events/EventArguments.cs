using System.Text.Json;
using Stork.Output;
using Stork.Serialization;

namespace Stork;

/// <summary>
/// The arguments of a received event or acknowledgement: bytes as they came, read as types only when asked. Can be sent on unchanged
/// (<c>EmitAsync(name, arguments)</c>) without being parsed at all.
/// </summary>
public sealed class EventArguments
{
    private readonly ReadOnlyMemory<byte> _array;
    private readonly ReadOnlyMemory<byte>[] _attachments;
    private readonly ArgumentSerializer _serializer;
    private readonly int _skipped;
    private (int Start, int End)[]? _ranges;

    /// <param name="array">A valid JSON array that nobody else changes.</param>
    /// <param name="skipped">Leading elements that are not arguments (the event's name).</param>
    /// <param name="attachments">Binary data the placeholders refer to.</param>
    /// <param name="serializer">Reads the values.</param>
    internal EventArguments(ReadOnlyMemory<byte> array, int skipped, ReadOnlyMemory<byte>[] attachments, ArgumentSerializer serializer)
    {
        _array = array;
        _skipped = skipped;
        _attachments = attachments;
        _serializer = serializer;
    }

    /// <summary>Number of arguments, without the event's name and the acknowledgement.</summary>
    public int Count => Ranges.Length;

    /// <summary>Binary data of the packet, in the order of its placeholders' numbers.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments => _attachments;

    private (int Start, int End)[] Ranges => _ranges ??= FindRanges();

    /// <summary>Reads one argument.</summary>
    /// <param name="index">Zero-based position.</param>
    /// <returns>The value; the type's default if the client sent fewer arguments or <c>null</c>.</returns>
    /// <exception cref="JsonException">The argument does not fit <typeparamref name="T"/>.</exception>
    public T? Get<T>(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return index < Ranges.Length && TryRead<T>(index, out var reader) ? _serializer.Read<T>(ref reader, _attachments) : default;
    }

    /// <summary>As <see cref="Get"/>, as strictly as a handler's parameters are read.</summary>
    internal T? GetIncoming<T>(int index) =>
        index < Ranges.Length && TryRead<T>(index, out var reader) ? _serializer.ReadIncoming<T>(ref reader, _attachments) : default;

    /// <summary>False for a null that the type has room for.</summary>
    private bool TryRead<T>(int index, out Utf8JsonReader reader)
    {
        reader = new Utf8JsonReader(LoneSurrogates.Mend(GetJson(index).Span), new JsonReaderOptions { MaxDepth = _serializer.Options.MaxDepth });
        reader.Read();
        return reader.TokenType != JsonTokenType.Null || default(T) is not null;
    }

    /// <summary>The JSON of one argument exactly as received; binary data in it is a placeholder object.</summary>
    /// <param name="index">Zero-based position, below <see cref="Count"/>.</param>
    public ReadOnlyMemory<byte> GetJson(int index) => _array[Ranges[index].Start..Ranges[index].End];

    /// <summary>The event as inboxes store it, with its name.</summary>
    internal byte[] ToBody() => Inboxes.InboxBody.Create(_array.Span, _attachments);

    internal void WriteTo(PacketBuilder packet)
    {
        if (Ranges is [var first, ..] ranges) packet.WriteReceived(_array.Span[first.Start..ranges[^1].End], _attachments);
    }

    private (int Start, int End)[] FindRanges()
    {
        if (_array.IsEmpty) return [];
        // Most events have few arguments.
        Span<(int, int)> few = stackalloc (int, int)[8];
        List<(int, int)>? many = null;
        var count = 0;
        var reader = new Utf8JsonReader(_array.Span, new JsonReaderOptions { MaxDepth = _serializer.Options.MaxDepth });
        reader.Read();
        for (var element = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; element++)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (element < _skipped) continue;
            var range = (start, (int)reader.BytesConsumed);
            if (count < few.Length) few[count++] = range;
            else (many ??= [.. few]).Add(range);
        }

        return many?.ToArray() ?? few[..count].ToArray();
    }
}
