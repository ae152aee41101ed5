using System.IO.Compression;

namespace Stork.EngineIO.WebSockets.Compression;

/// <summary>
/// A message that ends with a final block of DEFLATE, which RFC 7692, 7.2.3.4, allows beside the usual form: behind that block nothing
/// comes, or the header of an empty block, one zero byte. It can refer to no earlier message.
/// </summary>
/// <remarks>Where the final block ends is only seen by who is asked for no more: so the last two bytes are handed out one by one.</remarks>
internal sealed class FinalBlocks : IDisposable
{
    private readonly Source _source;
    private readonly DeflateStream _blocks;

    public FinalBlocks(ReadOnlyMemory<byte> compressed)
    {
        _source = new Source(compressed);
        _blocks = new DeflateStream(_source, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>Once everything is read: whether there was a final block, and nothing else behind it.</summary>
    public bool IsWhole => !_source.IsAskedForMore && _source.Rest.Span is [] or [0];

    /// <summary>Inflates; 0 at the end.</summary>
    public int Read(Span<byte> destination) => _blocks.Read(destination);

    public void Dispose() => _blocks.Dispose();

    private sealed class Source(ReadOnlyMemory<byte> compressed) : InertStream
    {
        public ReadOnlyMemory<byte> Rest { get; private set; } = compressed;

        public bool IsAskedForMore { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (Rest.IsEmpty)
            {
                IsAskedForMore = true;
                return 0;
            }

            var count = Math.Min(Rest.Length > 2 ? Rest.Length - 2 : 1, buffer.Length);
            Rest.Span[..count].CopyTo(buffer);
            Rest = Rest[count..];
            return count;
        }
    }
}
