using System.Buffers;
using System.IO.Pipelines;

namespace Stork.Wire;

/// <summary>
/// The frames of one connection that its pipe need not copy, as they are other connections' as well and never change: those of a
/// broadcast, or of several that leave together.
/// </summary>
internal struct HeldBackFrames
{
    private byte[]? _frames;

    /// <summary>Holds the packet back; false if it has to be written, behind <see cref="WriteTo"/>.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="isFirst">Whether the pipe has nothing that is not flushed.</param>
    /// <param name="isTextOnly">Whether a binary frame is not sent as it is.</param>
    public bool TryAdd(EncodedPacket packet, bool isFirst, bool isTextOnly)
    {
        if (packet.Attachments.Length > 0 || (isTextOnly && packet.First.IsBinary)) return false;
        var frame = packet.First.SharedFrame;
        if (isFirst)
        {
            _frames = frame;
            return true;
        }

        if (_frames is null || OutputBatch.Current?.Join(_frames, frame) is not { } joined) return false;
        _frames = joined;
        return true;
    }

    /// <summary>Copies what is held back into the pipe, ahead of what is about to follow it.</summary>
    public void WriteTo(PipeWriter output)
    {
        if (_frames is not { } frames) return;
        _frames = null;
        output.Write(frames);
    }

    /// <summary>Flushes the pipe, with what is held back.</summary>
    public ValueTask<FlushResult> FlushAsync(PipeWriter output)
    {
        if (_frames is not { } frames) return output.FlushAsync();
        _frames = null;
        return output.WriteAsync(frames);
    }
}
