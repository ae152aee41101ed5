using System.Text;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// A message's field <see cref="MessageFlags.Headers"/>.
/// <code>varint count, then of each: text name  text value</code>
/// </summary>
internal static class MessageHeaders
{
    public static byte[] Encode(IReadOnlyDictionary<string, string> headers)
    {
        const int LongestLength = 5;
        var size = LongestLength;
        foreach (var (name, value) in headers)
            size += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + (2 * LongestLength);
        var fields = new FrameBuilder();
        fields.Use(new byte[size]);
        fields.Clear();
        fields.Number(headers.Count);
        foreach (var (name, value) in headers)
        {
            fields.Text(name);
            fields.Text(value);
        }

        return fields.Written.ToArray();
    }

    public static Dictionary<string, string> Decode(ReadOnlySpan<byte> field)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new RecordReader(field);
        for (var count = reader.Count(Message.MaxHeaders); count > 0; count--) headers[reader.Text()] = reader.Text();
        return headers;
    }
}
