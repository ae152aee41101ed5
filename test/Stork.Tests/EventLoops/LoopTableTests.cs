using Stork.EventLoops;

namespace Stork.Tests.EventLoops;

/// <summary>Who gets an event: the entry it was meant for, or nobody.</summary>
public sealed class LoopTableTests
{
    private readonly LoopTable _table = new();

    [Fact]
    public void An_entry_is_found_by_its_token_until_it_is_removed()
    {
        var entry = new Entry();
        var token = _table.Add(entry);
        _table.Find(token).ShouldBeSameAs(entry);
        _table.Remove(entry);
        _table.Find(token).ShouldBeNull();
        _table.Count.ShouldBe(0);
    }

    [Fact]
    public void A_token_does_not_reach_the_next_entry_in_the_same_place()
    {
        var (first, second) = (new Entry(), new Entry());
        var stale = _table.Add(first);
        _table.Remove(first);
        var token = _table.Add(second);
        ((int)token).ShouldBe((int)stale, "the place is used again");
        _table.Find(stale).ShouldBeNull();
        _table.Find(token).ShouldBeSameAs(second);
    }

    [Fact]
    public void An_entry_that_is_removed_twice_does_not_take_the_next_one_with_it()
    {
        var (first, second) = (new Entry(), new Entry());
        _table.Add(first);
        _table.Remove(first);
        var token = _table.Add(second);
        _table.Remove(first);
        _table.Find(token).ShouldBeSameAs(second);
        _table.Count.ShouldBe(1);
    }

    [Fact]
    public void An_entry_that_was_never_added_removes_nobody()
    {
        var entry = new Entry();
        var token = _table.Add(entry);
        _table.Remove(new Entry());
        _table.Find(token).ShouldBeSameAs(entry);
    }

    [Fact]
    public void Tokens_that_nobody_has_find_nobody()
    {
        _table.Add(new Entry());
        foreach (var token in new[] { EventQueue.WakeToken, 0, long.MaxValue, long.MinValue, 1L << 32 | 1000 })
            _table.Find(token).ShouldBeNull();
    }

    [Fact]
    public void Thousands_that_come_and_go_use_few_places()
    {
        var random = new Random(11);
        var there = new List<Entry>();
        var stale = new List<long>();
        for (var i = 0; i < 20_000; i++)
        {
            if (there.Count > 0 && (there.Count == 500 || random.Next(2) == 0))
            {
                var at = random.Next(there.Count);
                stale.Add(there[at].Token);
                _table.Remove(there[at]);
                there.RemoveAt(at);
            }
            else
            {
                var entry = new Entry();
                ((int)_table.Add(entry)).ShouldBeLessThan(500);
                there.Add(entry);
            }
        }

        _table.Count.ShouldBe(there.Count);
        _table.Snapshot().ShouldBe(there, ignoreOrder: true);
        there.ShouldAllBe(entry => _table.Find(entry.Token) == entry);
        stale.ShouldAllBe(token => _table.Find(token) == null);
    }

    private sealed class Entry : ILoopEntry
    {
        public long Token { get; set; }

        public void OnEvents(uint events)
        {
        }

        public void OnBlocked()
        {
        }
    }
}
