namespace Stork.Shared.Disk;

/// <summary>A directory that lives as long as the process: what a store in memory stands on.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly Dictionary<string, MemoryFile> _files = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public long FreeBytes => long.MaxValue;

    public IDiskFile Create(string name)
    {
        lock (_gate)
        {
            var file = new MemoryFile();
            _files.Add(name, file);
            return file;
        }
    }

    public IDiskFile Open(string name)
    {
        lock (_gate) return _files.TryGetValue(name, out var file) ? file : throw new FileNotFoundException(name);
    }

    public bool Exists(string name)
    {
        lock (_gate) return _files.ContainsKey(name);
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate) return [.. _files.Keys];
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            _files.Remove(from, out var file);
            _files.Add(to, file!);
        }
    }

    public void Delete(string name)
    {
        lock (_gate) _files.Remove(name);
    }

    public void SyncDirectory()
    {
        // Nothing here outlives the process.
    }

    public void Dispose()
    {
        lock (_gate) _files.Clear();
    }

    private sealed class MemoryFile : IDiskFile
    {
        private byte[] _content = [];

        public long Length { get; private set; }

        public int Read(long offset, Span<byte> buffer)
        {
            var count = (int)Math.Max(0, Math.Min(buffer.Length, Length - offset));
            _content.AsSpan((int)offset, count).CopyTo(buffer);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> data)
        {
            var end = checked((int)offset + data.Length);
            if (end > _content.Length) Array.Resize(ref _content, Math.Max(end, Math.Min(_content.Length * 2, Array.MaxLength)));
            data.CopyTo(_content.AsSpan((int)offset));
            Length = Math.Max(Length, end);
        }

        public void Sync()
        {
            // Nothing here outlives the process.
        }

        public void Dispose()
        {
            // The content stays until the file is deleted.
        }
    }
}
