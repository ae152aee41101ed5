using System.Text;

namespace Stork.Queues.Rules;

/// <summary>
/// Subjects as bytes. Those used last are kept: most messages have one of a few, the name of an event. Each has one place in a small table,
/// from which the next one with that place pushes it out.
/// </summary>
internal static class SubjectBytes
{
    /// <summary>A power of two.</summary>
    private const int Places = 64;

    // Written without a lock, as any bytes of a subject are as good as others.
    private static readonly Known?[] s_known = new Known?[Places];

    /// <summary>The bytes; they are shared and must not be changed.</summary>
    public static byte[] Of(string subject)
    {
        ref var place = ref s_known[string.GetHashCode(subject, StringComparison.Ordinal) & (Places - 1)];
        if (Volatile.Read(ref place) is { } known && known.Text == subject) return known.Bytes;
        var bytes = Encoding.UTF8.GetBytes(subject);
        Volatile.Write(ref place, new Known(subject, bytes));
        return bytes;
    }

    private sealed class Known(string text, byte[] bytes)
    {
        public string Text => text;

        public byte[] Bytes => bytes;
    }
}
