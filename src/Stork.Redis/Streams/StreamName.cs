using System.Globalization;

namespace Stork.Redis.Streams;

/// <summary>Which stream has the messages of a namespace, where there are several.</summary>
/// <remarks>
/// Official servers compute it by a hash that may be negative, and then write to a stream with a negative number, which none of them
/// reads. Stork writes where they write, so that all that is said in a namespace has one order, and reads that stream as well as the one
/// whose number is positive: should official servers once mend it, they are heard.
/// </remarks>
/// <param name="Name">Where the messages are written and read.</param>
/// <param name="Twin">Where they are read as well; null if there is no doubt.</param>
internal sealed record StreamName(string Name, string? Twin)
{
    public static StreamName Of(string nsp, string name, int count)
    {
        if (count == 1) return new StreamName(name, null);
        var number = HashOf(nsp) % count;
        return new StreamName(NameOf(name, number), number < 0 ? NameOf(name, -number) : null);
    }

    /// <summary>As in Java: 32 bits, wrapped.</summary>
    private static int HashOf(string text)
    {
        var hash = 0;
        foreach (var letter in text) hash = unchecked((hash * 31) + letter);
        return hash;
    }

    private static string NameOf(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");
}
