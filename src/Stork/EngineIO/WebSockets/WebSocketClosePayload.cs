using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Stork.Wire;

namespace Stork.EngineIO.WebSockets;

/// <summary>
/// The payload of a close frame: nothing at all, or a code (two bytes, big-endian) and a reason in UTF-8 (RFC 6455, 5.5.1).
/// </summary>
internal static class WebSocketClosePayload
{
    public const int MaxReasonLength = WebSocketFrame.MaxControlPayloadLength - CodeLength;
    private const int CodeLength = 2;

    public static WebSocketCloseCode ReadCode(ReadOnlySpan<byte> payload) =>
        payload.Length < CodeLength ? WebSocketCloseCode.NoStatus : (WebSocketCloseCode)BinaryPrimitives.ReadUInt16BigEndian(payload);

    public static string ReadReason(ReadOnlySpan<byte> payload) =>
        payload.Length <= CodeLength ? "" : Encoding.UTF8.GetString(payload[CodeLength..]);

    /// <summary>Writes code and reason and returns the length. A reason that is too long is cut at a character's end.</summary>
    public static int Write(Span<byte> destination, WebSocketCloseCode code, ReadOnlySpan<char> reason)
    {
        if (code == WebSocketCloseCode.NoStatus)
            return 0;
        if (!MayBeSent(code))
            throw new ArgumentOutOfRangeException(nameof(code), code, "This close code must not appear on the wire.");

        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)code);
        var room = destination[CodeLength..];
        Utf8.FromUtf16(reason, room[..Math.Min(room.Length, MaxReasonLength)], out _, out var written);
        return CodeLength + written;
    }

    /// <summary>Throws unless a peer may send this payload.</summary>
    public static void Validate(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return;
        if (payload.Length < CodeLength)
            throw new WebSocketProtocolException(WebSocketCloseCode.ProtocolError, "A close frame holds half a close code.");
        if (!MayBeSent(ReadCode(payload)))
            throw new WebSocketProtocolException(WebSocketCloseCode.ProtocolError, "A close frame holds a code that must not be sent.");
        if (!Utf8.IsValid(payload[CodeLength..]))
            throw new WebSocketProtocolException(WebSocketCloseCode.InvalidPayload, "The reason in a close frame is not UTF-8.");
    }

    // 1004 is reserved, 1005, 1006 and 1015 are for local use only, 1016-2999 belong to future revisions,
    // 3000-3999 to registered libraries and 4000-4999 to applications (RFC 6455, 7.4.2).
    private static bool MayBeSent(WebSocketCloseCode code) =>
        (ushort)code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    /// <summary>What browsers say when a page is left or reloaded: that is its user's doing, and no sign of anything.</summary>
    public static bool IsGoingAway(ReadOnlySpan<byte> payload) => ReadCode(payload) == WebSocketCloseCode.GoingAway;
}
