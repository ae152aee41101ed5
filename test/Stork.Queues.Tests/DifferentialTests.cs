using Stork.Queues.Rules;
using Stork.Queues.State;
using Stork.Queues.Tests.Differential;

namespace Stork.Queues.Tests;

/// <summary>Random histories, carried out by the engine and by a second implementation on SQLite, must be the same at every step.</summary>
public sealed class DifferentialTests
{
    private const int Histories = 30;
    private const int Steps = 150;
    private const int MaxMessages = 12;
    private const int MaxFailures = 2;

    [Theory]
    [InlineData("inbox:1")]
    [InlineData("work")]
    public void Does_what_the_second_implementation_does(string queue)
    {
        for (var seed = 1UL; seed <= Histories; seed++)
        {
            // The engine sweeps expired messages up to two seconds late; until then they count for limits, though they are never delivered.
            // So one half of the histories has expiry, the other half limits.
            var expiring = seed % 2 == 0;
            var maxMessages = expiring ? 1000 : MaxMessages;
            var options = (queue == "work" ? QueueOptions.Work : QueueOptions.Inbox) with
            {
                MaxMessages = maxMessages,
                MaxFailures = MaxFailures,
                TimeToLive = null,
                Backoff = TimeSpan.FromSeconds(1),
                BackoffJitter = 0,
            };
            using var shard = new TestShard((queue, options));
            using var oracle = new SqliteQueue(maxMessages, MaxFailures);
            new History(shard, oracle, queue, new SplitMix(seed), seed, expiring).Run();
        }
    }

    private sealed class History(TestShard shard, SqliteQueue oracle, string queue, SplitMix random, ulong seed, bool expiring)
    {
        private readonly SubscriptionOptions _options = new() { MaxInFlight = 1, Remote = true, Owner = "one" };
        private TestConsumer _consumer = null!;
        private Delivery? _held;
        private Delivery? _former;

        public void Run()
        {
            _consumer = shard.Subscribe(queue, _options);
            for (var step = 0; step < Steps; step++)
            {
                Step();
                Compare($"seed {seed}, step {step}");
            }
        }

        private int Pick(int count) => (int)(random.Next() % (ulong)count);

        private void Step()
        {
            switch (Pick(20))
            {
                case < 8: Enqueue(); break;
                case < 11 when _held is { } held:
                    shard.Ack(held).ShouldBe(SettleOutcome.Done);
                    oracle.Ack(held.Sequence);
                    Drop();
                    break;
                case < 13 when _held is { } held:
                    var delay = Pick(3) * 1000;
                    shard.Nack(held, delay).ShouldBe(SettleOutcome.Done);
                    oracle.Fail(held.Sequence, delay);
                    Drop();
                    break;
                case 13 when _held is { } held:
                    shard.Release(held).ShouldBe(SettleOutcome.Done);
                    oracle.Release(held.Sequence);
                    Drop();
                    break;
                case 14 when _held is { } held:
                    shard.Reject(held).ShouldBe(SettleOutcome.Done);
                    oracle.Reject(held.Sequence);
                    Drop();
                    break;
                case 15 when _former is { } former:
                    if (shard.AckById(former.AckId, "one") is SettleOutcome.Done or SettleOutcome.DoneLate) oracle.Ack(former.Sequence);
                    if (_held?.Sequence == former.Sequence) _held = null;
                    break;
                case 16 when Pick(5) == 0:
                    shard.AskQueue(queue, static (core, it) => core.Operating.Purge(it));
                    oracle.Purge();
                    break;
                case 17 when Pick(3) == 0: Restart(); break;
                default: Wait(Pick(4) * 500); break;
            }
        }

        private void Enqueue()
        {
            var priority = queue == "work" ? Pick(3) : 0;
            var delay = Pick(5) == 0 ? 1000 * (1 + Pick(3)) : 0;
            var timeToLive = expiring && Pick(6) == 0 ? 1000 * (1 + Pick(4)) : 0;
            var dedup = Pick(4) == 0 ? "d" + Pick(5) : null;
            var collapse = Pick(6) == 0 ? "c" : null;
            var message = TestShard.Message("m") with
            {
                Priority = priority,
                Delay = TimeSpan.FromMilliseconds(delay),
                TimeToLive = timeToLive > 0 ? TimeSpan.FromMilliseconds(timeToLive) : null,
                DedupId = dedup,
                CollapseKey = collapse,
            };
            var expected = oracle.Enqueue("m", priority, delay, timeToLive, dedup, collapse);
            if (expected == 0)
            {
                Should.Throw<QueueException>(() => shard.Enqueue(queue, message)).Code.ShouldBe(QueueErrorCode.QueueFull);
                return;
            }

            var receipt = shard.Enqueue(queue, message);
            (receipt.Duplicate ? -receipt.Sequence : receipt.Sequence).ShouldBe(expected);
        }

        private void Wait(int milliseconds)
        {
            // Time passes in the steps in which the engine looks, so that what is due at an instant is due in both.
            oracle.Now += milliseconds;
            shard.StandStill(TimeSpan.FromMilliseconds(milliseconds));
        }

        private void Restart()
        {
            shard.Kill();
            if (_held is { } held && queue == "work") oracle.Return(held.Sequence);
            else if (_held is { } own) oracle.Release(own.Sequence);
            Drop();
            _consumer = shard.Subscribe(queue, _options);
        }

        private void Drop()
        {
            _former = _held;
            _held = null;
        }

        private void Compare(string when)
        {
            var expected = oracle.Deliver();
            var delivered = _consumer.IsEmpty ? null : _consumer.Next();
            (delivered is null ? ((long, long, long)?)null : (delivered.Sequence, delivered.DeliveryCount, delivered.FailureCount))
                .ShouldBe(expected, when);
            if (delivered is not null) _held = delivered;
            if (shard.Core.State.Find(new QueueAddress(queue == "work" ? QueueKind.Work : QueueKind.Inbox, queue)) is null) return;
            var it = shard.Statistics(queue);
            (it.InFlight, it.Acked, it.DeadLettered).ShouldBe(
                ((int)oracle.Count("inflight"), oracle.Count("acked"), oracle.Count("dead")), when);
            var ended = oracle.Count("purged") + oracle.Count("dropped");
            if (expiring) (it.Purged + it.Dropped + it.Expired).ShouldBeLessThanOrEqualTo(ended + oracle.Count("expired"), when);
            else (it.Purged + it.Dropped, it.Ready + it.Scheduled).ShouldBe(
                (ended, (int)(oracle.Count("ready") + oracle.Count("scheduled"))), when);
        }
    }
}
