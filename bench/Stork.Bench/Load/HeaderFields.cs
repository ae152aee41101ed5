using System.Text;

namespace Stork.Bench.Load;

/// <summary>The header fields of an HTTP answer.</summary>
internal static class HeaderFields
{
    /// <summary>The value of a field, whose name is given in lower case; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (true)
        {
            var end = head.IndexOf("\r\n"u8);
            var line = end < 0 ? head : head[..end];
            if (line.Length > name.Length && line[name.Length] == (byte)':' && Ascii.EqualsIgnoreCase(line[..name.Length], name))
                return line[(name.Length + 1)..].Trim((byte)' ');
            if (end < 0)
                return default;
            head = head[(end + 2)..];
        }
    }
}
