using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Moves dead letters back to where they came from.</summary>
internal sealed class Redriving(RuleContext context, Browsing browsing)
{
    /// <summary>
    /// Oldest first, from a sequence on. Stops at a full queue. Returns how many went and the sequence to go on with; 0: no more.
    /// </summary>
    public (int Moved, long Next) Redrive(QueueState dead, long from, int limit, string? origin, int? maxRedrives)
    {
        var moved = 0;
        for (var i = dead.Entries.LowerBound(from); i < dead.Entries.Count;)
        {
            var sequence = dead.Entries.SequenceAt(i);
            var room = RoomNeeds.ToRestate(dead, sequence) + RoomNeeds.UntouchedOverhead;
            if (moved == limit || !context.Emitter.Fits(room)) return (moved, sequence);
            if (dead.Entries.At(i).State == MessageState.Ready && RedriveOne(dead, sequence, origin, maxRedrives)) moved++;
            i = dead.Entries.LowerBound(sequence + 1);
        }

        return (moved, 0);
    }

    private bool RedriveOne(QueueState dead, long sequence, string? wanted, int? maxRedrives)
    {
        if (!context.Reader.TryRead(dead, sequence, out var message) || message.Dead.IsEmpty) return false;
        if (browsing.OriginOf(DeathNotice.Read(message.Dead)) is not { } address) return false;
        if (wanted is not null && address.Name != wanted) return false;
        if (maxRedrives is { } limit && message.Redrives >= limit) return false;
        var origin = context.Queues.GetOrDefine(address);
        var options = context.Queues.OptionsOf(origin);
        if (PushingOut.IsFull(origin, dead.Find(sequence).Size, options)) return false;
        message.FromQueue = dead.Id;
        message.FromSequence = sequence;
        message.FromHow = (byte)SettleKind.Redriven;
        message.Queue = origin.Id;
        message.Sequence = origin.NextSequence;
        message.Redrives++;
        message.Lane = Enqueuing.LaneOf(options, message.Key);
        message.ExpiresAt = options.TimeToLive is { } keep ? context.State.Now + (long)keep.TotalMilliseconds : 0;
        message.Flags &= ~(MessageFlags.Dead | MessageFlags.Copy | MessageFlags.Expires);
        message.Flags |= MessageFlags.Moved | MessageFlags.Redrives | (message.ExpiresAt > 0 ? MessageFlags.Expires : 0)
            | (Enqueuing.HasLane(options, !message.Key.IsEmpty) ? MessageFlags.Lane : 0);
        context.Emitter.EmitMessage(message, SyncClass.Fsync);
        return true;
    }
}
