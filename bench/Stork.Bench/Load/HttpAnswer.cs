using System.Buffers.Text;
using System.Text;

namespace Stork.Bench.Load;

/// <summary>An HTTP/1.1 answer inside the receive buffer.</summary>
internal readonly ref struct HttpAnswer
{
    private const int StatusAt = 9;
    private const int StatusDigits = 3;

    private HttpAnswer(int status, ReadOnlySpan<byte> body, int length, bool isLast)
    {
        Status = status;
        Body = body;
        Length = length;
        IsLast = isLast;
    }

    public int Status { get; }

    /// <summary>Without the frames of chunks.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Bytes of the whole answer, head included.</summary>
    public int Length { get; }

    /// <summary>Whether the server closes the connection behind it.</summary>
    public bool IsLast { get; }

    /// <summary>Reads the answer at the start of the bytes; false when part of it is still to come.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out HttpAnswer answer)
    {
        answer = default;
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;

        var head = bytes[..end];
        if (!head.StartsWith("HTTP/1.1 "u8) || head.Length < StatusAt + StatusDigits
            || !Utf8Parser.TryParse(head.Slice(StatusAt, StatusDigits), out int status, out var digits) || digits != StatusDigits)
        {
            throw new BenchmarkException($"no HTTP answer: {Encoding.UTF8.GetString(head)}");
        }

        end += 4;
        if (!TryReadBody(head, bytes[end..], out var body, out var length))
            return false;
        answer = new HttpAnswer(status, body, end + length, HeaderFields.Find(head, "connection"u8).SequenceEqual("close"u8));
        return true;
    }

    private static bool TryReadBody(ReadOnlySpan<byte> head, ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> body, out int length)
    {
        body = default;
        if (HeaderFields.Find(head, "transfer-encoding"u8).SequenceEqual("chunked"u8))
            return ChunkedBody.TryRead(bytes, out body, out length);

        if (!Utf8Parser.TryParse(HeaderFields.Find(head, "content-length"u8), out length, out _))
            throw new BenchmarkException($"an answer without its length: {Encoding.UTF8.GetString(head)}");
        if (bytes.Length < length)
            return false;
        body = bytes[..length];
        return true;
    }
}
