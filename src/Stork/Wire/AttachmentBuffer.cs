using System.Diagnostics;

namespace Stork.Wire;

/// <summary>
/// The binary frames of a packet that is being built, one behind the other in a buffer that outlives the packet: they cost no garbage.
/// </summary>
[DebuggerDisplay("{Count} attachments, {Length} B")]
internal sealed class AttachmentBuffer
{
    /// <summary>A larger buffer is not kept for the next packet.</summary>
    private const int KeptSize = 64 * 1024;

    private readonly List<Range> _payloads = [];
    private byte[] _bytes = [];

    public int Count => _payloads.Count;

    /// <summary>Bytes over all frames.</summary>
    public int Length { get; private set; }

    /// <summary>How long each attachment is, without its header.</summary>
    public IEnumerable<int> Lengths => _payloads.Select(static payload => payload.End.Value - payload.Start.Value);

    /// <summary>All WebSocket frames, in order.</summary>
    public ReadOnlySpan<byte> Frames => _bytes.AsSpan(0, Length);

    /// <summary>The bytes of one attachment.</summary>
    public ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_payloads[index]);

    /// <inheritdoc cref="this[int]"/>
    public ReadOnlyMemory<byte> GetMemory(int index) => _bytes.AsMemory(_payloads[index]);

    public void Add(ReadOnlySpan<byte> data)
    {
        EnsureRoom(WebSocketFrame.MaxHeaderLength + data.Length);
        var start = Length + WebSocketFrame.WriteHeader(_bytes.AsSpan(Length), WebSocketOpcode.Binary, data.Length);
        data.CopyTo(_bytes.AsSpan(start));
        Length = start + data.Length;
        _payloads.Add(start..Length);
    }

    /// <summary>Frames that outlive the buffer; null if there are none.</summary>
    public EncodedFrame[]? ToFrames()
    {
        if (Count == 0) return null;
        var frames = new EncodedFrame[Count];
        for (var i = 0; i < frames.Length; i++) frames[i] = EncodedFrame.Binary(this[i]);
        return frames;
    }

    /// <summary>The attachments themselves, copied.</summary>
    public ReadOnlyMemory<byte>[] ToPayloads()
    {
        var payloads = new ReadOnlyMemory<byte>[Count];
        for (var i = 0; i < payloads.Length; i++) payloads[i] = this[i].ToArray();
        return payloads;
    }

    /// <summary>The attachments themselves, in this buffer: of use until it changes.</summary>
    public ReadOnlyMemory<byte>[] ToViews()
    {
        if (Count == 0) return [];
        var views = new ReadOnlyMemory<byte>[Count];
        for (var i = 0; i < views.Length; i++) views[i] = _bytes.AsMemory(_payloads[i]);
        return views;
    }

    public void Clear()
    {
        _payloads.Clear();
        Length = 0;
        if (_bytes.Length > KeptSize) _bytes = [];
    }

    private void EnsureRoom(int more)
    {
        var needed = checked(Length + more);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, Math.Min(2 * _bytes.Length, KeptSize)));
    }
}
