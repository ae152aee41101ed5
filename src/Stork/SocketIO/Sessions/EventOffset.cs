using System.Buffers.Text;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Stork;

/// <summary>Where an event stands in the one order that a bus gives to the events of all servers: two numbers, <c>1764288000000-0</c>.
/// Clients see it as the last argument of events, and come back with it.</summary>
/// <param name="Time">The first number, as a rule the milliseconds at which the bus took the event.</param>
/// <param name="Sequence">Tells those of the same millisecond apart.</param>
[DebuggerDisplay("{Time}-{Sequence}")]
[StructLayout(LayoutKind.Auto)]
[SuppressMessage("Design", "CA1036", Justification = "Offsets are compared by CompareTo here; operators on two numbers say no more.")]
public readonly record struct EventOffset(ulong Time, ulong Sequence) : IComparable<EventOffset>
{
    /// <summary>Characters of the longest one.</summary>
    public const int MaxLength = 41;

    /// <summary>Reads an offset, which clients may have made up: digits, a dash, digits, and nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out EventOffset offset)
    {
        offset = default;
        var dash = text.IndexOf((byte)'-');
        if (dash <= 0 || text.Length > MaxLength) return false;
        var rest = text[(dash + 1)..];
        if (!Utf8Parser.TryParse(text[..dash], out ulong time, out var read) || read != dash) return false;
        if (!Utf8Parser.TryParse(rest, out ulong sequence, out read) || read != rest.Length) return false;
        // The parser takes a sign.
        if (!char.IsAsciiDigit((char)text[0]) || !char.IsAsciiDigit((char)rest[0])) return false;
        offset = new EventOffset(time, sequence);
        return true;
    }

    /// <summary>Writes the offset as text.</summary>
    /// <param name="text">Room for <see cref="MaxLength"/> characters.</param>
    /// <returns>How many were written.</returns>
    public int Format(Span<byte> text)
    {
        Utf8Formatter.TryFormat(Time, text, out var length);
        text[length++] = (byte)'-';
        Utf8Formatter.TryFormat(Sequence, text[length..], out var more);
        return length + more;
    }

    /// <summary>Earlier ones come first.</summary>
    public int CompareTo(EventOffset other) => Time == other.Time ? Sequence.CompareTo(other.Sequence) : Time.CompareTo(other.Time);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time}-{Sequence}");

    /// <summary>Whether it stands behind another one.</summary>
    internal bool IsBehind(EventOffset other) => CompareTo(other) > 0;
}
