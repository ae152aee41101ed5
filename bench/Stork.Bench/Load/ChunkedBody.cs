using System.Buffers.Text;

namespace Stork.Bench.Load;

/// <summary>A body in chunks: RFC 9112, 7.1, without extensions and trailers.</summary>
internal static class ChunkedBody
{
    /// <summary>Reads the body at the start of the bytes, which takes so many of them; false when part of it is still to come.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> body, out int length)
    {
        body = default;
        length = 0;
        while (true)
        {
            var rest = bytes[length..];
            var line = rest.IndexOf("\r\n"u8);
            if (line < 0)
                return false;
            if (!Utf8Parser.TryParse(rest[..line], out int size, out var digits, 'X') || digits != line)
                throw new BenchmarkException("a chunk without its length");

            // Size, line end, data, line end; the last chunk is one of no data.
            var end = line + 2 + size + 2;
            if (rest.Length < end)
                return false;
            length += end;
            if (size == 0)
                return true;
            var data = rest.Slice(line + 2, size);
            body = body.IsEmpty ? data : (byte[])[.. body, .. data];
        }
    }
}
