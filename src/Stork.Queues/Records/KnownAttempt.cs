using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// A hand-out whose ack id is still understood, as a copy of its message and snapshots carry it.
/// <code>
/// varint count, then of each, oldest first:
/// varint ack id  varint LSN  text owner  u8 flags (1 in process, 2 live, 4 settled)  varint device
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KnownAttempt(int AckId, ulong Token, string Owner, bool InProcess, bool Live, bool Settled, int Device)
{
    /// <summary>More than any version ever kept of one message.</summary>
    private const int Most = 128;

    public static void WriteAll(ReadOnlySpan<KnownAttempt> attempts, FrameBuilder fields)
    {
        fields.Number(attempts.Length);
        foreach (ref readonly var attempt in attempts)
        {
            fields.Number(attempt.AckId);
            fields.Varint(attempt.Token);
            fields.Text(attempt.Owner);
            fields.Byte((byte)((attempt.InProcess ? 1 : 0) | (attempt.Live ? 2 : 0) | (attempt.Settled ? 4 : 0)));
            fields.Number(attempt.Device);
        }
    }

    public static KnownAttempt[] ReadAll(ref RecordReader reader)
    {
        var count = reader.Count(Most);
        if (count == 0) return [];
        var attempts = new KnownAttempt[count];
        for (var i = 0; i < attempts.Length; i++)
        {
            var (ackId, token, owner, flags) = (reader.Count(int.MaxValue), reader.Varint(), reader.Text(), reader.Byte());
            var device = reader.Count(int.MaxValue);
            attempts[i] = new KnownAttempt(ackId, token, owner, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, device);
        }

        return attempts;
    }
}
