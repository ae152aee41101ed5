using Stork.Protocol;
using Stork.Wire;

namespace Stork.Tests.Wire;

public sealed class OutputQueueTests
{
    private const int Limit = 10_000;

    [Theory]
    [InlineData(SlowReaderPolicy.Disconnect)]
    [InlineData(SlowReaderPolicy.DropNewest)]
    [InlineData(SlowReaderPolicy.DropOldest)]
    [InlineData(SlowReaderPolicy.Wait)]
    public void Keeps_everything_in_order_below_the_limit(SlowReaderPolicy policy)
    {
        var queue = new OutputQueue(Limit, policy);
        var packets = Enumerable.Range(0, 20).Select(i => Event(100 + i)).ToList();
        foreach (var packet in packets) queue.TryEnqueue(packet).ShouldBeTrue();

        queue.Bytes.ShouldBe(packets.Sum(packet => packet.Length + OutputQueue.PacketOverhead));
        queue.IsOverLimit.ShouldBeFalse();
        Drain(queue).ShouldBe(packets);
        queue.Bytes.ShouldBe(0);
        queue.IsEmpty.ShouldBeTrue();
        queue.Dropped.ShouldBe(0);
    }

    [Fact]
    public void Disconnect_refuses_what_exceeds_the_limit()
    {
        var queue = new OutputQueue(Limit, SlowReaderPolicy.Disconnect);
        queue.TryEnqueue(Event(9_000)).ShouldBeTrue();
        queue.TryEnqueue(Event(2_000)).ShouldBeFalse();
        queue.TryEnqueue(Acknowledgement(2_000)).ShouldBeFalse();
        queue.Bytes.ShouldBeLessThanOrEqualTo(Limit);
    }

    [Fact]
    public void DropNewest_keeps_what_is_there_and_drops_the_new_event()
    {
        var queue = new OutputQueue(Limit, SlowReaderPolicy.DropNewest);
        var first = Event(9_000);
        queue.TryEnqueue(first).ShouldBeTrue();
        queue.TryEnqueue(Event(2_000)).ShouldBeTrue();
        var small = Event(100);
        queue.TryEnqueue(small).ShouldBeTrue();
        queue.Dropped.ShouldBe(1);
        Drain(queue).ShouldBe([first, small]);
    }

    [Fact]
    public void DropOldest_makes_room_for_the_new_event()
    {
        var queue = new OutputQueue(Limit, SlowReaderPolicy.DropOldest);
        EncodedPacket[] packets = [Event(4_000), Event(4_000), Event(1_000), Event(3_000)];
        foreach (var packet in packets) queue.TryEnqueue(packet).ShouldBeTrue();
        queue.Dropped.ShouldBe(1);
        Drain(queue).ShouldBe(packets[1..]);
    }

    [Fact]
    public void DropOldest_skips_what_may_not_be_dropped()
    {
        var queue = new OutputQueue(Limit, SlowReaderPolicy.DropOldest);
        EncodedPacket[] packets = [Acknowledgement(3_000), Event(3_000), Acknowledgement(3_000), Event(3_000), Event(3_000)];
        foreach (var packet in packets) queue.TryEnqueue(packet).ShouldBeTrue();
        queue.Dropped.ShouldBe(2);
        Drain(queue).ShouldBe([packets[0], packets[2], packets[4]]);
    }

    [Fact]
    public void DropOldest_gives_nothing_up_for_an_event_that_could_never_fit()
    {
        var queue = new OutputQueue(Limit, SlowReaderPolicy.DropOldest);
        var kept = Event(5_000);
        queue.TryEnqueue(kept).ShouldBeTrue();
        queue.TryEnqueue(Event(Limit + 1)).ShouldBeTrue();
        queue.Dropped.ShouldBe(1);
        Drain(queue).ShouldBe([kept]);
    }

    [Theory]
    [InlineData(SlowReaderPolicy.DropNewest)]
    [InlineData(SlowReaderPolicy.DropOldest)]
    [InlineData(SlowReaderPolicy.Wait)]
    public void Gives_acknowledgements_twice_the_room_and_then_up(SlowReaderPolicy policy)
    {
        var queue = new OutputQueue(Limit, policy);
        var accepted = 0;
        while (queue.TryEnqueue(Acknowledgement(1_000)))
        {
            accepted++;
            accepted.ShouldBeLessThan(30);
        }

        queue.Bytes.ShouldBeInRange(Limit + 1, 2 * Limit);
        queue.Dropped.ShouldBe(0);
        Drain(queue).Count.ShouldBe(accepted);
    }

    [Fact]
    public void Wait_takes_events_over_the_limit_and_says_so()
    {
        var queue = new OutputQueue(Limit, SlowReaderPolicy.Wait);
        queue.TryEnqueue(Event(9_000)).ShouldBeTrue();
        queue.IsOverLimit.ShouldBeFalse();
        queue.TryEnqueue(Event(9_000)).ShouldBeTrue();
        queue.IsOverLimit.ShouldBeTrue();
        queue.TryEnqueue(Event(9_000)).ShouldBeFalse();
        queue.Dequeue();
        queue.IsOverLimit.ShouldBeFalse();
    }

    [Fact]
    public void Counts_tiny_packets_with_their_bookkeeping()
    {
        var queue = new OutputQueue(Limit, SlowReaderPolicy.Disconnect);
        var count = 0;
        while (queue.TryEnqueue(Event(1))) count++;
        count.ShouldBeLessThan(Limit / OutputQueue.PacketOverhead);
    }

    [Fact]
    public void Is_empty_after_clearing_and_takes_packets_again()
    {
        var queue = new OutputQueue(Limit, SlowReaderPolicy.DropOldest);
        queue.TryEnqueue(Event(5_000));
        queue.Clear();
        queue.Bytes.ShouldBe(0);
        EncodedPacket[] packets = [Event(6_000), Event(6_000)];
        foreach (var packet in packets) queue.TryEnqueue(packet).ShouldBeTrue();
        Drain(queue).ShouldBe(packets[1..]);
    }

    /// <summary>A plain list that is searched is slow and easy to believe.</summary>
    [Theory]
    [InlineData(SlowReaderPolicy.Disconnect)]
    [InlineData(SlowReaderPolicy.DropNewest)]
    [InlineData(SlowReaderPolicy.DropOldest)]
    [InlineData(SlowReaderPolicy.Wait)]
    public void Does_the_same_as_a_simple_list(SlowReaderPolicy policy)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var queue = new OutputQueue(Limit, policy);
            var model = new List<EncodedPacket>();
            for (var step = 0; step < 100; step++)
            {
                if (random.Next(3) == 0 && model.Count > 0)
                {
                    queue.Dequeue().ShouldBeSameAs(model[0]);
                    model.RemoveAt(0);
                }
                else
                {
                    var size = random.Next(10) == 0 ? random.Next(2 * Limit) : random.Next(2_000);
                    var packet = random.Next(3) == 0 ? Acknowledgement(size) : Event(size);
                    queue.TryEnqueue(packet).ShouldBe(Expect(model, packet, policy), $"seed {seed}, step {step}");
                }

                queue.Bytes.ShouldBe(model.Sum(Weight), $"seed {seed}, step {step}");
                // Beyond twice the room there is one packet at most, which is larger than all of it.
                queue.Bytes.ShouldBeLessThanOrEqualTo(Math.Max(2 * Limit, Limit + model.Select(Weight).DefaultIfEmpty().Max()));
            }

            Drain(queue).ShouldBe(model);
        }
    }

    private static bool Expect(List<EncodedPacket> model, EncodedPacket packet, SlowReaderPolicy policy)
    {
        bool Fits(long limit) => model.Sum(Weight) + Weight(packet) <= limit;
        if (policy == SlowReaderPolicy.DropOldest && Weight(packet) <= Limit)
        {
            while (!Fits(Limit) && model.FirstOrDefault(IsEvent) is { } oldest) model.Remove(oldest);
        }

        var isOversized = Weight(packet) > Limit && !IsEvent(packet) && model.Sum(Weight) <= Limit;
        if (Fits(Limit) || isOversized)
        {
            model.Add(packet);
            return true;
        }

        if (policy == SlowReaderPolicy.Disconnect) return false;
        if (IsEvent(packet) && policy != SlowReaderPolicy.Wait) return true;
        if (!Fits(2 * Limit)) return false;
        model.Add(packet);
        return true;
    }

    private static List<EncodedPacket> Drain(OutputQueue queue)
    {
        var packets = new List<EncodedPacket>();
        while (queue.TryPeek(out var next))
        {
            queue.Dequeue().ShouldBeSameAs(next);
            packets.Add(next);
        }

        return packets;
    }

    private static bool IsEvent(EncodedPacket packet) => packet.Flags.HasFlag(PacketFlags.Droppable);

    private static long Weight(EncodedPacket packet) => packet.Length + OutputQueue.PacketOverhead;

    private static EncodedPacket Event(int size) =>
        new(EncodedFrame.Text(EnginePacketType.Message, new byte[size]), flags: PacketFlags.Droppable);

    private static EncodedPacket Acknowledgement(int size) => new(EncodedFrame.Text(EnginePacketType.Message, new byte[size]));
}
