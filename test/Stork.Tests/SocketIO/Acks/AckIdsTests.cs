using Stork.Queues;
using Stork.SocketIO.Acks;

namespace Stork.Tests.SocketIO.Acks;

public sealed class AckIdsTests
{
    private const int Block = QueueStore.MaxReservedAckIds;

    private readonly List<int> _reserved = [];
    private bool _fails;

    [Fact]
    public void A_reservation_that_failed_is_tried_again_before_its_numbers_are_needed()
    {
        var ids = new AckIds(ReserveAsync);
        Take(ids, Block / 2);
        _fails = true;
        Take(ids, 2);
        _fails = false;
        Take(ids, Block);
        _reserved.ShouldBe([1, Block + 1, (2 * Block) + 1], "nothing is asked for twice once it could be had");
    }

    [Fact]
    public void Without_numbers_the_caller_hears_why_and_the_next_one_may_have_more_luck()
    {
        var ids = new AckIds(ReserveAsync);
        Take(ids, Block / 2);
        _fails = true;
        Take(ids, Block / 2, from: (Block / 2) + 1);
        Should.Throw<IOException>(() => ids.Next());
        _fails = false;
        ids.Next().ShouldBe(Block + 1);
    }

    private static void Take(AckIds ids, int count, int? from = null)
    {
        var first = ids.Next();
        if (from is not null) first.ShouldBe(from.Value);
        for (var i = 1; i < count; i++) ids.Next().ShouldBe(first + i);
    }

    private Task<int> ReserveAsync(int count)
    {
        count.ShouldBe(Block);
        if (_fails) return Task.FromException<int>(new IOException("full"));
        _reserved.Add((_reserved.Count * Block) + 1);
        return Task.FromResult(_reserved[^1]);
    }
}
