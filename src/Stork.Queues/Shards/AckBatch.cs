using System.Runtime.InteropServices;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>
/// The usual end of deliveries: acknowledged, and nobody waits for the outcome. What is acknowledged one after the other, by whomever, is
/// one command; each acknowledgement counts by itself. <see cref="CommandInbox"/> fills it and uses it again.
/// </summary>
internal sealed class AckBatch : Command
{
    /// <summary>What comes behind so many begins the next batch.</summary>
    public const int MaxAcks = 256;

    /// <summary>What one acknowledgement counts for in memory, as a command of its own would.</summary>
    public const int BytesEach = 128;

    /// <summary>The most room that one acknowledgement takes in a frame.</summary>
    private const int RecordBytes = 256;

    private readonly List<Ack> _acks = [];

    // Those before it have run.
    private int _next;

    public override bool IsAwaited => false;

    public override bool IsDone => _next == _acks.Count;

    public override int HeldBytes => _acks.Count * BytesEach;

    public bool TryAdd(in Ack ack)
    {
        if (_acks.Count == MaxAcks) return false;
        _acks.Add(ack);
        return true;
    }

    public void Clear()
    {
        _acks.Clear();
        _next = 0;
    }

    public override int Room(ShardCore core) => RecordBytes;

    /// <summary>As many as the frame has room for: on a full disk, what is left of a segment is used up to its end.</summary>
    public override void Run(ShardCore core)
    {
        var acks = CollectionsMarshal.AsSpan(_acks);
        do Settle(core, acks[_next++]);
        while (_next < acks.Length && core.Emitter.Fits(RecordBytes));
    }

    public override void Complete()
    {
    }

    public override void Fail(Exception failure)
    {
    }

    private static void Settle(ShardCore core, in Ack ack)
    {
        var attempt = ack.Attempt ?? core.Settling.FindAttempt(ack.AckId);
        if (attempt is not null && (ack.Owner is null || attempt.Owner == ack.Owner)) core.Settling.Acknowledge(attempt, ack.Fenced);
        else core.Counters.UnknownAcks++;
    }

    /// <summary>One acknowledgement: of a delivery, or of its number by its owner.</summary>
    [StructLayout(LayoutKind.Auto)]
    public readonly struct Ack
    {
        public Ack(Attempt attempt, bool fenced) => (Attempt, Fenced) = (attempt, fenced);

        public Ack(int ackId, string owner) => (AckId, Owner) = (ackId, owner);

        public Attempt? Attempt { get; }

        public int AckId { get; }

        public string? Owner { get; }

        public bool Fenced { get; }
    }
}
