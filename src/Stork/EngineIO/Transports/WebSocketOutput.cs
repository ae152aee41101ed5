using System.Buffers;
using System.IO.Pipelines;
using Stork.EngineIO.WebSockets;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Wire;

namespace Stork.EngineIO.Transports;

/// <summary>
/// Packets on their way into the pipe of one WebSocket, in the form that its client takes. The connection's lock guards it.
/// </summary>
/// <remarks>
/// Most receivers of a broadcast get nothing else before the flush, or other broadcasts that the other receivers get as well. Such frames,
/// which never change, are not copied into every pipe: they are held back, and their bytes handed over with the flush. What follows them
/// and is this connection's own has them written into the pipe after all.
/// </remarks>
/// <param name="pipe">The connection's.</param>
/// <param name="isTextOnly">Whether binary messages have to be sent as text, in base64.</param>
/// <param name="compressor">What packets are compressed with; null if they are not.</param>
internal struct WebSocketOutput(PipeWriter pipe, bool isTextOnly, PacketCompressor? compressor)
{
    // What the pipe does not have yet; if there is anything, it is all that Unflushed counts.
    private HeldBackFrames _heldBack;

    public readonly PipeWriter Pipe => pipe;

    /// <summary>Bytes written since the last flush.</summary>
    public int Unflushed { get; private set; }

    public void Write(EncodedPacket packet)
    {
        if (compressor is not null) packet = compressor.Compress(packet);
        WriteCompressed(packet);
    }

    public void Write(PacketBuilder packet, PacketFlags flags)
    {
        if (compressor?.Compress(packet, flags) is { } compressed)
        {
            WriteCompressed(compressed);
            return;
        }

        _heldBack.WriteTo(pipe);
        pipe.Write(packet.Frame);
        if (packet.Attachments.Count > 0) Write(packet.Attachments);
        Unflushed += packet.Length;
    }

    public void WriteFrame(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        _heldBack.WriteTo(pipe);
        var span = pipe.GetSpan(WebSocketFrame.MaxHeaderLength + payload.Length);
        var length = WebSocketFrame.WriteHeader(span, opcode, payload.Length);
        payload.CopyTo(span[length..]);
        pipe.Advance(length + payload.Length);
        Unflushed += length + payload.Length;
    }

    public void WriteClose(WebSocketCloseCode code)
    {
        _heldBack.WriteTo(pipe);
        var length = WebSocketCloseFrame.Write(pipe.GetSpan(WebSocketCloseFrame.MaxLength), code);
        pipe.Advance(length);
        Unflushed += length;
    }

    /// <summary>Has everything leave.</summary>
    public ValueTask<FlushResult> FlushAsync()
    {
        Unflushed = 0;
        return _heldBack.FlushAsync(pipe);
    }

    /// <summary>Has everything leave, and the end of the connection behind it.</summary>
    public void Complete()
    {
        Unflushed = 0;
        pipe.Complete();
    }

    /// <summary>Lets go of what compression holds; nothing is written any more.</summary>
    public readonly void Dispose() => compressor?.Dispose();

    private void WriteCompressed(EncodedPacket packet)
    {
        if (!_heldBack.TryAdd(packet, isFirst: Unflushed == 0, isTextOnly))
        {
            _heldBack.WriteTo(pipe);
            Write(packet.First);
            foreach (var attachment in packet.Attachments) Write(attachment);
        }

        Unflushed += packet.Length;
    }

    private void Write(in EncodedFrame frame)
    {
        if (isTextOnly && frame.IsBinary) WriteBase64(frame.Payload);
        else pipe.Write(frame.Frame);
    }

    private void Write(AttachmentBuffer attachments)
    {
        if (!isTextOnly) pipe.Write(attachments.Frames);
        else for (var i = 0; i < attachments.Count; i++) WriteBase64(attachments[i]);
    }

    private void WriteBase64(ReadOnlySpan<byte> data)
    {
        var length = PollingPayloadWriter.GetBinaryLength(data.Length);
        pipe.Advance(WebSocketFrame.WriteHeader(pipe.GetSpan(WebSocketFrame.MaxHeaderLength), WebSocketOpcode.Text, length));
        PollingPayloadWriter.WriteBinary(pipe, data);
        // What it is longer than the frame that the caller counts.
        Unflushed += length - data.Length;
    }
}
