using System.Text.Unicode;
using Stork.Protocol.SocketIO;
using Stork.Wire;

namespace Stork;

/// <summary>
/// JSON with its binary data, as it travels between servers. Where binary data belongs, the JSON has
/// <c>{"_placeholder":true,"num":n}</c>, and <c>n</c> is its place among the <see cref="Attachments"/>. Nothing is copied: whoever makes
/// one must not change the bytes any more.
/// </summary>
/// <remarks>A format that has binary values of its own (MessagePack, say) puts them where the placeholders are, and reading it makes
/// placeholders of them again. Without attachments, an object that looks like a placeholder is data like any other.</remarks>
public sealed class JsonPayload
{
    /// <summary>Bytes of the longest reserved name, every letter written as six.</summary>
    private const int LongestReservedName = 14 * 6;

    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    /// <summary>Takes JSON and what it refers to.</summary>
    /// <param name="json">UTF-8. Whether it is well-formed is only checked where it is used.</param>
    /// <param name="attachments">Binary data, in the order of the placeholders' numbers; null for none.</param>
    public JsonPayload(ReadOnlyMemory<byte> json, IReadOnlyList<ReadOnlyMemory<byte>>? attachments = null)
    {
        Json = json.Trim(WhiteSpace);
        Attachments = attachments ?? [];
    }

    /// <summary>The JSON in UTF-8, without white space around it: for an event an array that begins with its name, otherwise one
    /// value.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Binary data, in the order of the placeholders' numbers.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Attachments { get; }

    internal static JsonPayload Null { get; } = new("null"u8.ToArray());

    /// <summary>Bytes over all parts.</summary>
    internal long Length => Json.Length + Attachments.Sum(static attachment => (long)attachment.Length);

    /// <summary>What was written into the builder; a copy.</summary>
    internal static JsonPayload From(PacketBuilder packet) =>
        new(packet.JsonText.ToArray(), packet.Attachments.ToPayloads());

    /// <summary>The first argument of an answer, which is all of it that travels between servers.</summary>
    internal static JsonPayload FirstOf(EventArguments answer) =>
        answer.Count == 0 ? Null : new JsonPayload(answer.GetJson(0), answer.Attachments);

    /// <summary>Whether clients can be sent it as an event.</summary>
    /// <exception cref="FormatException">They cannot.</exception>
    internal void CheckEvent(ProtocolLimits limits, int maxAttachments)
    {
        if (Json.IsEmpty || Json.Span[0] != '[') throw new FormatException("An event is a JSON array that begins with its name.");
        if (ClientLimits.FindFault(Json.Span, Attachments.Count, maxAttachments) is { } fault) throw new FormatException(fault);
        var name = Scan(isEvent: true, limits);
        if (IsReserved(Json.Span.Slice(name.Start, name.Length), name.IsEscaped))
            throw new FormatException("The name of the event is reserved.");
    }

    /// <summary>Whether it is a well-formed array.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    internal void CheckArray(ProtocolLimits limits)
    {
        if (Json.IsEmpty || Json.Span[0] != '[') throw new FormatException("A JSON array was expected.");
        _ = Scan(isEvent: false, limits);
    }

    /// <summary>Whether it is a well-formed object.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    internal void CheckObject(ProtocolLimits limits)
    {
        if (Json.IsEmpty || Json.Span[0] != '{') throw new FormatException("A JSON object was expected.");
        _ = Scan(isEvent: false, limits);
    }

    /// <summary>Whether it is a well-formed value.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    internal void CheckValue(ProtocolLimits limits)
    {
        if (Json.IsEmpty) throw new FormatException("There is no JSON.");
        _ = Scan(isEvent: false, limits);
    }

    internal ReadOnlyMemory<byte>[] CopyAttachments() => Attachments as ReadOnlyMemory<byte>[] ?? [.. Attachments];

    private static bool IsReserved(ReadOnlySpan<byte> raw, bool isEscaped)
    {
        if (!isEscaped || raw.Length > LongestReservedName) return ReservedEvents.Contains(raw);
        Span<byte> plain = stackalloc byte[LongestReservedName];
        return ReservedEvents.Contains(plain[..JsonText.Unescape(raw, plain)]);
    }

    private PayloadScan.NameSlice Scan(bool isEvent, ProtocolLimits limits)
    {
        if (!Utf8.IsValid(Json.Span)) throw new FormatException("The JSON is not UTF-8.");
        try
        {
            return PayloadScan.Run(Json.Span, isEvent, Attachments.Count, limits);
        }
        catch (ProtocolException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }
}
