using System.Globalization;
using System.Text;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues.Tests.Simulation;

/// <summary>The state of a shard as text, which can be compared.</summary>
internal static class SimState
{
    /// <summary>K1: each message that a queue took is accounted for.</summary>
    public static void CheckConservation(Shard shard)
    {
        foreach (var queue in shard.Core.State.Queues)
        {
            var it = Browsing.Describe(queue);
            var accounted = it.Ready + it.Scheduled + it.InFlight + it.Acked + it.Expired + it.Dropped + it.DeadLettered + it.Purged
                + it.Redriven;
            Promise.Keep(it.Enqueued == accounted, $"K1: {it.Name} took {it.Enqueued} and accounts for {accounted}: {it}");
            Promise.Keep(it.Ready >= 0 && it.Bytes >= 0, $"K1: {it.Name} counts below zero");
        }
    }

    public static void Compare(string promise, string before, string after)
    {
        if (before == after) return;
        var old = before.Split('\n');
        var now = after.Split('\n');
        var differences = old.Except(now).Select(static l => "- " + l).Concat(now.Except(old).Select(static l => "+ " + l));
        Promise.Keep(false, promise + ":\n" + string.Join('\n', differences.Take(6)));
    }

    /// <summary>All that the state is, except for what only time decides.</summary>
    public static string Describe(Shard shard)
    {
        var text = new StringBuilder();
        foreach (var queue in shard.Core.State.Queues.OrderBy(static q => q.Id))
        {
            var it = Browsing.Describe(queue);
            text.Append(
                CultureInfo.InvariantCulture,
                $"{queue.Id} {it.Name} {it.Enqueued} {it.Acked} {it.Expired} {it.Dropped} {it.DeadLettered} {it.Purged} ");
            text.Append(CultureInfo.InvariantCulture, $"{it.Redriven} {it.Paused} {it.Bytes}\n");
            for (var i = 0; i < queue.Entries.Count; i++)
            {
                var entry = queue.Entries.At(i);
                var sequence = queue.Entries.SequenceAt(i);
                if (entry.State is MessageState.None or MessageState.Retained) continue;
                var extra = queue.Extra(sequence);
                var state = entry.State == MessageState.Scheduled ? MessageState.Ready : entry.State;
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{it.Name}/{sequence} {state} {entry.Segment}+{entry.Offset} f{extra?.Failures ?? 0} d{extra?.Deliveries ?? 0} ");
                text.Append(CultureInfo.InvariantCulture, $"{extra?.Isolated ?? false} {extra?.Lane?.Hash ?? 0}");
                for (var attempt = extra?.Newest; attempt is not null; attempt = attempt.Older)
                    text.Append(CultureInfo.InvariantCulture, $" {attempt.AckId}{(attempt.Live ? "!" : "")}{(attempt.Settled ? "." : "")}");
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>The state with what is not a message's. What ends by the clock alone may be gone already.</summary>
    public static string DescribeAll(Shard shard)
    {
        var text = new StringBuilder(Describe(shard));
        var now = shard.Journal.LastWallClock;
        text.Append(CultureInfo.InvariantCulture, $"lsn {shard.Journal.NextLsn} ack ids from {shard.Core.AckIds.Next}, ");
        text.Append(CultureInfo.InvariantCulture, $"{shard.Core.State.Attempts.Count} out\n");
        foreach (var segment in shard.Journal.Segments)
            text.Append(CultureInfo.InvariantCulture, $"segment {segment.Id} {segment.Used} of {segment.Capacity}\n");
        long live = 0;
        foreach (var queue in shard.Core.State.Queues)
        {
            text.Append(CultureInfo.InvariantCulture, $"{queue.Id} {queue.Kind} in {queue.StateSegment}\n");
            for (var i = 0; i < queue.Entries.Count; i++)
            {
                var entry = queue.Entries.At(i);
                if (entry.State == MessageState.None) continue;
                live += entry.Size;
                if (entry.State == MessageState.Retained && Entry.ExpiryMilliseconds(entry.Expiry) <= now + 600_000) continue;
                var isOpenEnded = queue.Name is "user:2" or "devices" && entry.State != MessageState.Retained;
                text.Append(CultureInfo.InvariantCulture, $"{queue.Id}/{queue.Entries.SequenceAt(i)} {entry.Size} {entry.Priority} ");
                text.Append(CultureInfo.InvariantCulture, $"{entry.Laned} {(isOpenEnded ? 0 : entry.Expiry)}\n");
            }

            if (queue.Work is not { } work) continue;
            foreach (var (hash, seen) in (work.Dedup?.InOrder ?? []).OrderBy(static d => d.Hash))
                if (seen.Until > now + 600_000) text.Append(CultureInfo.InvariantCulture, $"{queue.Id} dedup {hash} {seen}\n");
            foreach (var (name, mark) in work.Producers ?? [])
                text.Append(CultureInfo.InvariantCulture, $"{queue.Id} producer {name} {mark}\n");
            foreach (var device in work.Devices ?? [])
            {
                text.Append(CultureInfo.InvariantCulture, $"{queue.Id} device {device.Index} {device.Name} {device.Start} ");
                text.Append(CultureInfo.InvariantCulture, $"{device.StateSegment} {string.Join(',', device.Acked.Order())}\n");
            }

            foreach (var sequence in work.Extras.Sequences)
            {
                var extra = queue.Extra(sequence)!;
                text.Append(CultureInfo.InvariantCulture, $"{queue.Id}/{sequence} history");
                foreach (var past in extra.History ?? []) text.Append(CultureInfo.InvariantCulture, $" {past}");
                for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
                {
                    text.Append(CultureInfo.InvariantCulture, $" {attempt.AckId} {attempt.Token} {attempt.Owner} ");
                    text.Append(CultureInfo.InvariantCulture, $"{attempt.InProcess} {attempt.Device}");
                }

                text.Append('\n');
            }
        }

        Promise.Keep(live == shard.Journal.LiveBytes, $"K10: {shard.Journal.LiveBytes} live bytes are counted where there are {live}");
        return string.Join('\n', text.ToString().Split('\n').Order(StringComparer.Ordinal));
    }

    /// <summary>Some of the messages that nobody took, for a failure to name.</summary>
    public static string Leftovers(Shard shard) =>
        string.Join(
            '\n', Describe(shard).Split('\n').Where(static l => !l.Contains(".dlq", StringComparison.Ordinal) && l.Contains('/')).Take(8));

    /// <summary>The numbers of all messages that are dead letters.</summary>
    public static HashSet<int> DeadNumbers(Shard shard)
    {
        var numbers = new HashSet<int>();
        foreach (var queue in shard.Core.State.Queues.Where(static q => q.Kind == QueueKind.DeadLetter).ToArray())
            for (long from = 0; ;)
            {
                var page = shard.Core.Browsing.Browse(queue, new BrowseOptions { WithBody = true, FromSequence = from, Limit = 1000 });
                foreach (var info in page) numbers.Add(Promise.Number(info.Body));
                if (page.Count == 0) break;
                from = page[^1].Sequence + 1;
            }

        return numbers;
    }
}
