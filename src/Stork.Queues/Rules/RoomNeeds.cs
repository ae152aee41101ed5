using System.Runtime.CompilerServices;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// How much room records may need in a frame. Who emits several records asks for the room of all of them before the first: a frame has all
/// or none.
/// </summary>
internal static class RoomNeeds
{
    /// <summary>What a restated message may need beyond its own size: delivery state, dead-letter information, texts.</summary>
    public const int MessageOverhead = 24 * 1024;

    /// <summary>Room for the dead letter of a message that was never delivered, beyond its own size.</summary>
    public const int UntouchedOverhead = 1024;

    /// <summary>Room for a Deliver record, and for the reservation of ack ids that it may need.</summary>
    public const int Deliver = 512;

    public const int Settle = 64;

    public const int Clock = 64;

    public const int Device = 1024;

    public const int Remove = 64;

    /// <summary>Room for whatever a rule does with a message, such as to move it to the dead letters.</summary>
    public static int ToRestate(QueueState queue, long sequence)
    {
        ref var entry = ref queue.Find(sequence);
        return MessageOverhead + (Unsafe.IsNullRef(ref entry) ? 0 : entry.Size);
    }

    /// <summary>Room that settling this hand-out may need: a failure can move the message to the dead letters.</summary>
    public static int ToSettle(Attempt attempt) => attempt.Settled ? Settle : ToRestate(attempt.Queue, attempt.Sequence);

    /// <summary>Room that taking over or giving back what a consumer has may need.</summary>
    public static int ToGiveBack(ConsumerState consumer)
    {
        var count = consumer.Out.Count;
        var bytes = 2048 + (count * 64) + (count > 0 ? MessageOverhead : 0);
        if (!consumer.Alone) return bytes;

        // Suspects may have to go to the dead letters.
        for (var attempt = consumer.Out.Newest; attempt is not null; attempt = attempt.OlderOut)
            if (attempt.Queue.Extra(attempt.Sequence) is { Isolated: true }) bytes += ToRestate(attempt.Queue, attempt.Sequence);
        return bytes;
    }
}
