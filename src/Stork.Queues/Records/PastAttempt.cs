using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// A hand-out that ended without settling its message, as it is remembered in a copy of the message, in its dead letter and in snapshots.
/// <code>varint count, then of each: varint time (Unix ms)  u8 how (<see cref="ReturnKind"/>)  text owner  text error</code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PastAttempt(long When, ReturnKind Outcome, string Owner, string Error)
{
    /// <summary>The history kept of a message; the newest count.</summary>
    public const int MaxHistory = 16;

    /// <summary>The history with one more; without the oldest one if it is full.</summary>
    public static List<PastAttempt> With(List<PastAttempt>? history, PastAttempt last)
    {
        var longer = new List<PastAttempt>(history ?? []);
        if (longer.Count == MaxHistory) longer.RemoveAt(0);
        longer.Add(last);
        return longer;
    }

    public static void WriteAll(List<PastAttempt>? history, FrameBuilder fields)
    {
        fields.Number(history?.Count ?? 0);
        if (history is null) return;
        foreach (var past in history)
        {
            fields.Number(past.When);
            fields.Byte((byte)past.Outcome);
            fields.Text(past.Owner);
            fields.Text(past.Error);
        }
    }

    /// <summary>Null: there is none.</summary>
    public static List<PastAttempt>? ReadAll(ref RecordReader reader)
    {
        List<PastAttempt>? history = null;
        for (var count = reader.Count(MaxHistory); count > 0; count--)
            (history ??= []).Add(new PastAttempt(reader.Number(), (ReturnKind)reader.Byte(), reader.Text(), reader.Text()));
        return history;
    }
}
