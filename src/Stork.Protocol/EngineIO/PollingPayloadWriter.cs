using System.Buffers;
using System.Buffers.Text;

namespace Stork.Protocol;

/// <summary>
/// Writes the packets of a polling body. The caller puts a <see cref="Separator"/> between two packets. The same bytes, one packet per text
/// frame, suit a WebSocket client that asked for base64.
/// </summary>
public static class PollingPayloadWriter
{
    /// <summary>The byte between two packets (record separator).</summary>
    public const byte Separator = 0x1e;

    /// <summary>Writes a binary message: <c>b</c> and base64.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="data">The message.</param>
    public static void WriteBinary(IBufferWriter<byte> writer, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var length = GetBinaryLength(data.Length);
        var target = writer.GetSpan(length);
        target[0] = (byte)'b';
        Base64.EncodeToUtf8(data, target[1..length], out _, out _);
        writer.Advance(length);
    }

    /// <summary>Writes a packet with text: its digit and the payload.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="type">The type.</param>
    /// <param name="payload">What follows the type; may be empty. It must be UTF-8 and must not contain a <see cref="Separator"/>; JSON
    /// never does.</param>
    public static void WriteText(IBufferWriter<byte> writer, EnginePacketType type, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((byte)type, (byte)EnginePacketType.Noop, nameof(type));
        var target = writer.GetSpan(1 + payload.Length);
        target[0] = (byte)('0' + (byte)type);
        payload.CopyTo(target[1..]);
        writer.Advance(1 + payload.Length);
    }

    /// <summary>How many bytes <see cref="WriteBinary"/> writes.</summary>
    /// <param name="byteCount">The length of the message in bytes, at most 1,610,612,733.</param>
    /// <returns>The length with the leading <c>b</c>.</returns>
    public static int GetBinaryLength(int byteCount) => 1 + Base64.GetMaxEncodedToUtf8Length(byteCount);
}
