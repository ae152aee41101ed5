using System.Buffers.Binary;
using System.Globalization;

namespace Stork.MessagePack.Values;

/// <summary>Times: the extension of MessagePack, and the two texts that JavaScript makes of a date.</summary>
internal static class Timestamps
{
    /// <summary>What <c>Date.toString()</c> gives where the clock is set to UTC.</summary>
    private const string LocalFormat = "ddd MMM dd yyyy HH:mm:ss 'GMT+0000 (Coordinated Universal Time)'";

    private const string LocalFormatWithoutZone = "ddd MMM dd yyyy HH:mm:ss";
    private const int NanosecondsPerTick = 100;

    /// <summary>Reads the extension -1, in its three lengths.</summary>
    /// <returns>Null for what is no time, or far from ours: JavaScript writes invalid dates as well.</returns>
    public static DateTimeOffset? Read(ReadOnlySpan<byte> bytes)
    {
        switch (bytes.Length)
        {
            case 4:
                return From(BinaryPrimitives.ReadUInt32BigEndian(bytes), 0);
            case 8:
                // 30 bits of nanoseconds, 34 of seconds.
                var both = BinaryPrimitives.ReadUInt64BigEndian(bytes);
                return From((long)(both & 0x3_ffff_ffff), (uint)(both >> 34));
            case 12:
                return From(BinaryPrimitives.ReadInt64BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt32BigEndian(bytes));
            default:
                return null;
        }
    }

    /// <summary>Reads what the official encoder wrote in its former versions: milliseconds.</summary>
    public static DateTimeOffset? ReadMilliseconds(ReadOnlySpan<byte> bytes) =>
        FromMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes));

    /// <summary>As <see cref="DateTimeOffset.FromUnixTimeMilliseconds"/>; null for what is far from ours.</summary>
    public static DateTimeOffset? FromMilliseconds(long milliseconds) =>
        milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    /// <summary>As <c>Date.toISOString()</c>.</summary>
    public static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>As <c>Date.toString()</c>.</summary>
    public static string WriteLocal(DateTimeOffset time) => time.UtcDateTime.ToString(LocalFormat, CultureInfo.InvariantCulture);

    /// <summary>Reads what <c>Date.toString()</c> gives in any zone: <c>Fri Nov 27 2026 21:00:00 GMT+0100 (…)</c>.</summary>
    public static DateTimeOffset? ReadLocal(string? text)
    {
        if (text is null || text.IndexOf(" GMT", StringComparison.Ordinal) is not (> 0 and var zone) || text.Length < zone + 9) return null;
        var isTime = DateTime.TryParseExact(
            text.AsSpan(0, zone), LocalFormatWithoutZone, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time);
        var isZone = int.TryParse(
            text.AsSpan(zone + 4, 5), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var hoursAndMinutes);
        if (!isTime || !isZone) return null;
        var ticks = time.Ticks - new TimeSpan(hoursAndMinutes / 100, hoursAndMinutes % 100, 0).Ticks;
        return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }

    private static DateTimeOffset? From(long seconds, uint nanoseconds)
    {
        var isOurs = seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        return isOurs && nanoseconds < 1_000_000_000
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / NanosecondsPerTick)
            : null;
    }
}
