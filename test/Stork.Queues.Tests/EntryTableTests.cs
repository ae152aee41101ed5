using System.Runtime.CompilerServices;
using Stork.Queues.State;

namespace Stork.Queues.Tests;

public sealed class EntryTableTests
{
    [Theory]
    [InlineData(1, 0, 0.5)]
    [InlineData(2, 0.02, 0.5)]
    [InlineData(3, 0.3, 0.5)]
    [InlineData(4, 0, 0.95)]
    [InlineData(5, 0.01, 0.02)]
    public void Holds_what_a_sorted_dictionary_holds(int seed, double gaps, double fromTheFront)
    {
        var random = new Random(seed);
        var table = default(EntryTable);
        var expected = new SortedDictionary<long, uint>();
        long next = 1;
        for (var step = 0; step < 20_000; step++)
        {
            // Grows for a while and shrinks for a while, to nothing now and then.
            if (expected.Count == 0 || random.NextDouble() < (step / 2000 % 2 == 0 ? 0.7 : 0.25))
            {
                if (random.NextDouble() < gaps) next += random.Next(1, 10);
                ref var entry = ref table.Append(next);
                entry.Offset = (uint)step;
                entry.State = MessageState.Ready;
                expected[next++] = (uint)step;
            }
            else
            {
                var place = random.NextDouble() < fromTheFront ? 0 : random.Next(Math.Min(expected.Count, 50));
                var removed = expected.Keys.ElementAt(place);
                table.Remove(removed);
                expected.Remove(removed);
            }

            table.Live.ShouldBe(expected.Count);
            if (step % 97 == 0) Same(ref table, expected, next);
        }
    }

    [Fact]
    public void Takes_in_what_came_out_of_order()
    {
        var table = default(EntryTable);
        foreach (var sequence in (long[])[3, 4, 9])
            table.Append(sequence) = new Entry { Offset = (uint)sequence, State = MessageState.Ready };
        table.Merge([(7, new Entry { Offset = 7, State = MessageState.Ready }), (1, new Entry { Offset = 1, State = MessageState.Ready })]);
        Same(ref table, new SortedDictionary<long, uint> { [1] = 1, [3] = 3, [4] = 4, [7] = 7, [9] = 9 }, 10);
    }

    [Fact]
    public void Knows_messages_that_are_billions_apart()
    {
        var table = default(EntryTable);
        foreach (var sequence in (long[])[1, 2, 10_000_000_000]) table.Append(sequence).State = MessageState.Ready;
        table.LastSequence.ShouldBe(10_000_000_000);
        Unsafe.IsNullRef(ref table.Find(10_000_000_000)).ShouldBeFalse();
        Unsafe.IsNullRef(ref table.Find(3)).ShouldBeTrue();
    }

    [Fact]
    public void An_entry_takes_sixteen_bytes() => Unsafe.SizeOf<Entry>().ShouldBe(16);

    private static void Same(ref EntryTable table, SortedDictionary<long, uint> expected, long next)
    {
        var found = new List<(long, uint)>();
        for (var i = 0; i < table.Count; i++)
        {
            if (table.At(i).State == MessageState.None) continue;
            found.Add((table.SequenceAt(i), table.At(i).Offset));
            table.Find(table.SequenceAt(i)).Offset.ShouldBe(table.At(i).Offset);
        }

        found.ShouldBe(expected.Select(static pair => (pair.Key, pair.Value)));
        for (var sequence = Math.Max(1, next - 200); sequence < next + 3; sequence++)
        {
            Unsafe.IsNullRef(ref table.Find(sequence)).ShouldBe(!expected.ContainsKey(sequence));
            var index = table.LowerBound(sequence);
            if (index < table.Count) table.SequenceAt(index).ShouldBeGreaterThanOrEqualTo(sequence);
            if (index > 0) table.SequenceAt(index - 1).ShouldBeLessThan(sequence);
        }
    }
}
