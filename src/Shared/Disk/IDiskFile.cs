namespace Stork.Shared.Disk;

/// <summary>An open file. A write is only durable after a <see cref="Sync"/> that returned.</summary>
internal interface IDiskFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads until the buffer is full or the file ends; returns the bytes read.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <exception cref="DiskRefusedException">Not just now, for instance for want of room; the range may hold part of the data and has not
    /// been synced.</exception>
    void Write(long offset, ReadOnlySpan<byte> data);

    /// <exception cref="IOException">The sync failed: what was written since the last good one must be taken for lost.</exception>
    void Sync();
}
