using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Stork.Bench.Load;

/// <summary>A finished client-to-server WebSocket frame in which only some decimal digits change from message to message.</summary>
/// <remarks>
/// RFC 6455, 5.2: FIN and opcode, MASK and length (one byte up to 125, else 126 and two bytes), four bytes of masking key, payload
/// xor key. The key is random but the same for the whole run: servers unmask in any case, and the load side masks only once.
/// </remarks>
internal sealed class FrameTemplate
{
    private const int MaskBytes = 4;
    private const int SmallPayload = 125;

    private static readonly byte[] s_mask = RandomMask();

    /// <summary>CONNECT to the main namespace.</summary>
    public static FrameTemplate Join { get; } = Text("40");

    /// <summary>The normal end of a WebSocket: status 1000.</summary>
    public static FrameTemplate Close { get; } = Create(0x88, [0x03, 0xE8]);

    private readonly byte[] _frame;
    private readonly int _payloadStart;

    private FrameTemplate(byte[] frame, int payloadStart)
    {
        _frame = frame;
        _payloadStart = payloadStart;
    }

    public static FrameTemplate Text(string payload) => Create(0x81, Encoding.UTF8.GetBytes(payload));

    public static FrameTemplate Binary(ReadOnlySpan<byte> payload) => Create(0x82, payload);

    public static FrameTemplate Pong(ReadOnlySpan<byte> payload) => Create(0x8A, payload);

    public ReadOnlySpan<byte> Bytes => _frame;

    /// <summary>Writes a number of exactly <paramref name="digits"/> digits at an offset of the payload.</summary>
    public void SetNumber(int payloadOffset, int digits, long value)
    {
        for (var at = payloadOffset + digits - 1; at >= payloadOffset; at--)
        {
            (value, var digit) = Math.DivRem(value, 10);
            _frame[_payloadStart + at] = (byte)(('0' + digit) ^ s_mask[at & 3]);
        }
    }

    /// <summary>Writes a number as four bytes, the lowest first, at an offset of the payload.</summary>
    public void SetInteger(int payloadOffset, uint value)
    {
        for (var at = payloadOffset; at < payloadOffset + sizeof(uint); at++, value >>= 8)
            _frame[_payloadStart + at] = (byte)(value ^ s_mask[at & 3]);
    }

    private static FrameTemplate Create(byte firstByte, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, ushort.MaxValue);
        var lengthBytes = payload.Length <= SmallPayload ? 1 : 3;
        var payloadStart = 1 + lengthBytes + MaskBytes;
        var frame = new byte[payloadStart + payload.Length];
        frame[0] = firstByte;
        frame[1] = (byte)(0x80 | (lengthBytes == 1 ? payload.Length : 126));
        if (lengthBytes == 3)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        s_mask.CopyTo(frame, 1 + lengthBytes);
        for (var i = 0; i < payload.Length; i++)
            frame[payloadStart + i] = (byte)(payload[i] ^ s_mask[i & 3]);
        return new FrameTemplate(frame, payloadStart);
    }

    /// <summary>Writes a text frame with a payload of at most 125 bytes; returns its length.</summary>
    public static int Write(ReadOnlySpan<byte> payload, Span<byte> target)
    {
        target[0] = 0x81;
        target[1] = (byte)(0x80 | payload.Length);
        s_mask.CopyTo(target[2..]);
        for (var i = 0; i < payload.Length; i++)
            target[2 + MaskBytes + i] = (byte)(payload[i] ^ s_mask[i & 3]);
        return 2 + MaskBytes + payload.Length;
    }

    private static byte[] RandomMask()
    {
        var mask = new byte[MaskBytes];
        RandomNumberGenerator.Fill(mask);
        // A key of zeros would spare the server its work.
        for (var i = 0; i < mask.Length; i++)
            mask[i] |= 1;
        return mask;
    }
}
