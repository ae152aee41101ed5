using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Stork.Wire;

/// <summary>
/// One Engine.IO message ready for both transports: a WebSocket frame (server frames are not masked, so the same bytes serve every
/// receiver) whose payload, behind the frame header, is what a polling answer carries.
/// </summary>
/// <remarks>Text: <c>header | type digit | data</c>. Binary: <c>header | data</c>.</remarks>
[StructLayout(LayoutKind.Auto)]
[DebuggerDisplay("{Length} B, binary: {IsBinary}")]
internal readonly struct EncodedFrame
{
    private readonly byte[] _bytes;
    private readonly int _payloadOffset;

    private EncodedFrame(byte[] bytes, int payloadOffset, bool isBinary)
    {
        _bytes = bytes;
        _payloadOffset = payloadOffset;
        IsBinary = isBinary;
    }

    public bool IsBinary { get; }

    /// <summary>The whole WebSocket frame.</summary>
    public ReadOnlySpan<byte> Frame => _bytes;

    /// <summary>As <see cref="Frame"/>; all receivers share it, and nobody may change it.</summary>
    public byte[] SharedFrame => _bytes;

    /// <summary>What the frame carries; for text with the Engine.IO type digit in front.</summary>
    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(_payloadOffset);

    /// <inheritdoc cref="Payload"/>
    public ReadOnlyMemory<byte> PayloadMemory => _bytes.AsMemory(_payloadOffset);

    public int Length => _bytes.Length;

    public static EncodedFrame Text(EnginePacketType type, ReadOnlySpan<byte> data)
    {
        var offset = WebSocketFrame.GetHeaderLength(data.Length + 1);
        var bytes = new byte[offset + 1 + data.Length];
        WebSocketFrame.WriteHeader(bytes, WebSocketOpcode.Text, data.Length + 1);
        bytes[offset] = (byte)('0' + (int)type);
        data.CopyTo(bytes.AsSpan(offset + 1));
        return new EncodedFrame(bytes, offset, isBinary: false);
    }

    public static EncodedFrame Binary(ReadOnlySpan<byte> data)
    {
        var offset = WebSocketFrame.GetHeaderLength(data.Length);
        var bytes = new byte[offset + data.Length];
        WebSocketFrame.WriteHeader(bytes, WebSocketOpcode.Binary, data.Length);
        data.CopyTo(bytes.AsSpan(offset));
        return new EncodedFrame(bytes, offset, isBinary: true);
    }

    /// <summary>
    /// Keeps a frame whose payload is compressed: for WebSockets whose clients take it, and nothing else; <see cref="Payload"/> is empty.
    /// </summary>
    public static EncodedFrame FromDeflated(byte[] frame, bool isBinary) => new(frame, frame.Length, isBinary);

    /// <summary>Keeps a text frame that was built elsewhere, header included.</summary>
    public static EncodedFrame FromTextFrame(ReadOnlySpan<byte> frame, int payloadLength) =>
        new(frame.ToArray(), frame.Length - payloadLength, isBinary: false);
}
