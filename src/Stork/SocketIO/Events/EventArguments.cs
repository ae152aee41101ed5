using System.Text.Json;
using Stork.Protocol.SocketIO;
using Stork.Wire;

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

    /// <summary>For adapters: arguments that came from another server.</summary>
    /// <param name="nsp">The namespace they came for.</param>
    /// <param name="arguments">A JSON array of the arguments, without an event's name.</param>
    /// <exception cref="FormatException">It is no well-formed JSON array.</exception>
    public static EventArguments FromWire(Namespace nsp, JsonPayload arguments)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        ArgumentNullException.ThrowIfNull(arguments);
        arguments.CheckArray(nsp.Server.Engine.Limits);
        return new EventArguments(arguments.Json, skipped: 0, arguments.CopyAttachments(), nsp.Server.Serializer);
    }

    /// <summary>One of many answers: the first argument, or the type's default if it does not fit.</summary>
    internal TReply? ReadReply<TReply>()
    {
        try
        {
            return typeof(TReply) == typeof(EventArguments) ? (TReply)(object)this : Get<TReply>(0);
        }
        catch (Exception)
        {
            // One that answers nonsense, which converters may tell in any way, must not take the others' answers with it.
            return default;
        }
    }

    /// <summary>One argument that was found well-formed.</summary>
    internal static EventArguments FromValue(JsonPayload value, ArgumentSerializer serializer)
    {
        byte[] array = [(byte)'[', .. value.Json.Span, (byte)']'];
        return new EventArguments(array, skipped: 0, value.CopyAttachments(), serializer);
    }

    /// <summary>The arguments of a received event, which may be kept.</summary>
    internal static EventArguments Copy(in Packet packet, ArgumentSerializer serializer) =>
        new(packet.Payload.ToArray(), skipped: 1, packet.Attachments, serializer);

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
        return HasValue<T>(index) ? _serializer.Read<T>(GetJson(index).Span, _attachments) : default;
    }

    /// <summary>As <see cref="Get"/>, as strictly as a handler's parameters are read.</summary>
    internal T? GetIncoming<T>(int index) =>
        HasValue<T>(index) ? _serializer.ReadIncoming<T>(LoneSurrogates.Mend(GetJson(index).Span), _attachments) : default;

    /// <summary>False for what is missing, and for a null that the type has room for.</summary>
    private bool HasValue<T>(int index) => index < Ranges.Length && (default(T) is not null || GetJson(index).Span is not [(byte)'n', ..]);

    /// <summary>The JSON of one argument exactly as received; binary data in it is a placeholder object.</summary>
    /// <param name="index">Zero-based position, below <see cref="Count"/>.</param>
    public ReadOnlyMemory<byte> GetJson(int index) => _array[Ranges[index].Start..Ranges[index].End];

    /// <summary>The whole array as it was received, with what comes ahead of the arguments.</summary>
    internal ReadOnlyMemory<byte> Json => _array;

    internal ReadOnlyMemory<byte>[] AttachmentArray => _attachments;

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
        var elements = new JsonArrayCursor(_array.Span);
        for (var element = 0; elements.MoveNext(); element++)
        {
            if (element < _skipped) continue;
            var range = (elements.Start, elements.End);
            if (count < few.Length) few[count++] = range;
            else (many ??= [.. few]).Add(range);
        }

        return many?.ToArray() ?? few[..count].ToArray();
    }
}
