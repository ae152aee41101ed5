namespace Stork.Queues.Journal;

/// <summary>
/// The log as the state machine of a shard sees it: a frame to add records to, the records that are there, and the oldest segment, which
/// goes once nothing in it is wanted any more. When frames are written, and what makes them durable, is the shard's business.
/// </summary>
internal interface IJournal
{
    /// <summary>The frame that is being put together.</summary>
    FrameBuilder Frame { get; }

    /// <summary>Oldest first; the last one is being written.</summary>
    IReadOnlyList<Segment> Segments { get; }

    /// <summary>Where the next frame goes.</summary>
    (uint Segment, int Offset) Position { get; }

    /// <summary>Bytes of all segments that hold headers and frames.</summary>
    long TotalBytes { get; }

    /// <summary>A record from its kind on, with its checksum verified. The span is valid until the next call.</summary>
    /// <param name="segmentId">Where it is.</param>
    /// <param name="offset">Where it is in there.</param>
    /// <param name="size">How long it is with its prefix, as far as is known: so much is read at once.</param>
    /// <exception cref="InvalidDataException">The bytes on disk are not what was written.</exception>
    ReadOnlySpan<byte> Read(uint segmentId, uint offset, int size);

    /// <summary>A whole frame of a closed segment, with its checksums verified.</summary>
    /// <param name="segment">Where it is.</param>
    /// <param name="offset">Where it starts.</param>
    /// <param name="body">Takes its records; replaced by a larger one where it is too small.</param>
    /// <exception cref="InvalidDataException">The bytes on disk are not what was written.</exception>
    FrameHeader ReadFrame(Segment segment, long offset, ref byte[] body);

    /// <summary>Lets go of the oldest segment. What is still wanted of it must have been written anew.</summary>
    /// <exception cref="DiskRefusedException">Not just now; this may be called again.</exception>
    void DropOldest();
}
