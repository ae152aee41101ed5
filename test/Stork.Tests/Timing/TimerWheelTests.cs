using Stork.Timing;

namespace Stork.Tests.Timing;

public sealed class TimerWheelTests
{
    private static readonly TimeSpan Revolution = TimerWheel.LongestTick * TimerWheel.SlotCount;

    private readonly ManualTime _time = new();
    private readonly List<Exception> _errors = [];
    private readonly TimerWheel _wheel;

    public TimerWheelTests() => _wheel = new TimerWheel(_time, _errors.Add);

    [Fact]
    public void Calls_an_entry_once_when_its_time_has_come()
    {
        var entry = new Entry();
        _wheel.Schedule(entry, TimeSpan.FromMilliseconds(100));

        _time.Advance(TimeSpan.FromMilliseconds(99));
        entry.Calls.ShouldBe(0);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        entry.Calls.ShouldBe(1);
        _time.Advance(Revolution * 3);
        entry.Calls.ShouldBe(1);
    }

    [Theory]
    [InlineData(null, 25)]
    [InlineData(25_000, 25)]
    [InlineData(5_000, 25)]
    [InlineData(4_000, 20)]
    [InlineData(1_000, 5)]
    [InlineData(200, 1)]
    [InlineData(50, 1)]
    public void Takes_smaller_steps_for_short_waits(int? shortestWait, int tick)
    {
        using var wheel = new TimerWheel(_time, _errors.Add, shortestWait is { } ms ? TimeSpan.FromMilliseconds(ms) : null);
        wheel.Tick.ShouldBe(TimeSpan.FromMilliseconds(tick));
    }

    [Fact]
    public void Does_not_add_up_what_entries_are_called_late()
    {
        var entry = new Entry();
        entry.Then = () => _wheel.ScheduleNext(entry, TimeSpan.FromMilliseconds(310));
        _time.Advance(TimeSpan.FromMilliseconds(7));
        _wheel.Schedule(entry, TimeSpan.FromMilliseconds(300));
        // 325 for the first, and 325 after each call for the others: the ticks' borders are 25 apart,
        // and every due time is rounded up once.
        _time.Advance(TimeSpan.FromMilliseconds(325 + (9 * 325)));
        entry.Calls.ShouldBe(10);
        // Woken long after its time, an entry waits on from then, but for one tick.
        _time.Stall(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.Zero);
        entry.Calls.ShouldBe(11);
        _time.Advance(TimeSpan.FromMilliseconds(310 - 25 - 1));
        entry.Calls.ShouldBe(11);
        _time.Advance(TimeSpan.FromMilliseconds(25 + 1));
        entry.Calls.ShouldBe(12);
    }

    [Fact]
    public void Calls_an_entry_at_once_when_it_is_looked_at_behind_its_time()
    {
        var entry = new Entry();
        _wheel.Schedule(entry, TimeSpan.FromMilliseconds(100));
        _time.Stall(TimeSpan.FromMilliseconds(99));
        _wheel.CallIfDue(entry).ShouldBeFalse();
        _time.Stall(TimeSpan.FromMilliseconds(1));
        _wheel.CallIfDue(entry).ShouldBeTrue();
        entry.Calls.ShouldBe(1);
        _wheel.CallIfDue(entry).ShouldBeFalse();
        _time.Advance(Revolution);
        entry.Calls.ShouldBe(1);
    }

    [Fact]
    public void Calls_no_entry_early_and_none_more_than_a_tick_late()
    {
        var random = new Random(4711);
        var entries = new List<(Entry Entry, TimeSpan Due)>();
        for (var i = 0; i < 500; i++)
        {
            _time.Advance(TimeSpan.FromTicks(random.Next(100_000)));
            var delay = TimeSpan.FromMilliseconds(random.NextDouble() * 60_000);
            var entry = new Entry { Clock = _time };
            _wheel.Schedule(entry, delay);
            entries.Add((entry, Now + delay));
        }

        _time.Advance(TimeSpan.FromMinutes(2));

        foreach (var (entry, due) in entries)
        {
            entry.Calls.ShouldBe(1);
            entry.CalledAt.ShouldBeInRange(due, due + TimerWheel.LongestTick + TimeSpan.FromMilliseconds(1));
        }

        _wheel.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    public void Waits_for_later_revolutions(int revolutions)
    {
        var entry = new Entry();
        _wheel.Schedule(entry, Revolution * revolutions);
        _time.Advance((Revolution * revolutions) - TimerWheel.LongestTick);
        entry.Calls.ShouldBe(0);
        _time.Advance(TimerWheel.LongestTick);
        entry.Calls.ShouldBe(1);
    }

    [Fact]
    public void Moves_an_entry_that_is_scheduled_again()
    {
        var entry = new Entry();
        _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _wheel.Schedule(entry, TimeSpan.FromSeconds(5));
        _wheel.Count.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(4));
        entry.Calls.ShouldBe(0);
        _wheel.Schedule(entry, TimeSpan.FromMilliseconds(50));
        _time.Advance(TimeSpan.FromMilliseconds(50));
        entry.Calls.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        entry.Calls.ShouldBe(1);
    }

    [Fact]
    public void Does_not_call_a_cancelled_entry()
    {
        Entry[] sameSlot = [new(), new(), new()];
        foreach (var entry in sameSlot) _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _wheel.Cancel(sameSlot[1]);
        _wheel.Cancel(sameSlot[1]);
        _wheel.Count.ShouldBe(2);
        _time.Advance(TimeSpan.FromSeconds(1));
        sameSlot.Select(entry => entry.Calls).ShouldBe([1, 0, 1]);
    }

    [Fact]
    public void Runs_its_timer_only_while_something_waits()
    {
        _time.RunningTimers.ShouldBe(0);
        var entry = new Entry();
        _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _time.RunningTimers.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(2));
        _time.RunningTimers.ShouldBe(0);

        _time.Advance(TimeSpan.FromHours(1));
        _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(975));
        entry.Calls.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(25));
        entry.Calls.ShouldBe(2);
    }

    [Fact]
    public void Calls_everything_that_became_due_while_the_machine_slept()
    {
        var entries = Enumerable.Range(1, 200).Select(i => (Entry: new Entry(), Due: TimeSpan.FromSeconds(i))).ToList();
        foreach (var (entry, due) in entries) _wheel.Schedule(entry, due);
        _time.Jump(TimeSpan.FromSeconds(150.5));
        entries.Count(entry => entry.Entry.Calls == 1).ShouldBe(150);
        _time.Advance(TimeSpan.FromSeconds(60));
        entries.ShouldAllBe(entry => entry.Entry.Calls == 1);
    }

    [Fact]
    public void Lets_an_entry_schedule_itself_again()
    {
        var entry = new Entry();
        entry.Then = () => _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(10));
        entry.Calls.ShouldBe(10);
        _wheel.Count.ShouldBe(1);
    }

    [Fact]
    public void Calls_the_others_when_one_throws()
    {
        Entry[] entries = [new(), new() { Then = () => throw new InvalidOperationException("mine") }, new()];
        foreach (var entry in entries) _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        entries.ShouldAllBe(entry => entry.Calls == 1);
        _errors.ShouldHaveSingleItem().Message.ShouldBe("mine");
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(0)]
    public void Calls_at_the_next_tick_what_is_due_already(int seconds)
    {
        var entry = new Entry();
        _wheel.Schedule(entry, TimeSpan.FromSeconds(seconds));
        entry.Calls.ShouldBe(0);
        _time.Advance(TimerWheel.LongestTick);
        entry.Calls.ShouldBe(1);
    }

    [Fact]
    public void Takes_the_longest_time_there_is()
    {
        _time.Advance(TimeSpan.FromSeconds(3));
        var entry = new Entry();
        _wheel.Schedule(entry, TimeSpan.MaxValue);
        _time.Advance(TimeSpan.FromMinutes(1));
        entry.Calls.ShouldBe(0);
        _wheel.Count.ShouldBe(1);
    }

    [Fact]
    public void Calls_nobody_once_disposed()
    {
        var entry = new Entry();
        _wheel.Schedule(entry, TimeSpan.FromSeconds(1));
        _wheel.Dispose();
        _wheel.Schedule(new Entry(), TimeSpan.FromSeconds(1));
        _wheel.Cancel(entry);
        _time.Advance(TimeSpan.FromSeconds(5));
        entry.Calls.ShouldBe(0);
        _time.RunningTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Loses_and_doubles_nothing_when_many_threads_schedule_and_cancel()
    {
        const int Threads = 4, PerThread = 5_000;
        var entries = Enumerable.Range(0, Threads).Select(_ => Enumerable.Range(0, PerThread).Select(_ => new Entry()).ToArray()).ToArray();
        using var done = new CancellationTokenSource();
        var clock = Task.Run(() =>
        {
            while (!done.IsCancellationRequested) _time.Advance(TimeSpan.FromMilliseconds(10));
        });

        await Task.WhenAll(entries.Select(mine => Task.Run(() =>
        {
            for (var i = 0; i < mine.Length; i++)
            {
                // Every third is cancelled long before it is due, the others must come exactly once.
                _wheel.Schedule(mine[i], i % 3 == 0 ? TimeSpan.FromDays(1) : TimeSpan.FromMilliseconds(i % 2_000));
                if (i % 3 == 0) _wheel.Cancel(mine[i]);
            }
        }))).Within("the threads");
        await done.CancelAsync();
        await clock.Within("the clock");

        _time.Advance(TimeSpan.FromSeconds(10));
        _wheel.Count.ShouldBe(0);
        foreach (var mine in entries)
        {
            for (var i = 0; i < mine.Length; i++) mine[i].Calls.ShouldBe(i % 3 == 0 ? 0 : 1);
        }
    }

    private TimeSpan Now => TimeSpan.FromTicks(_time.GetTimestamp());

    private sealed class Entry : WheelEntry
    {
        private int _calls;

        public int Calls => _calls;

        public Action? Then { get; set; }

        public ManualTime? Clock { get; init; }

        public TimeSpan CalledAt { get; private set; }

        internal override void OnDue()
        {
            Interlocked.Increment(ref _calls);
            if (Clock is not null) CalledAt = TimeSpan.FromTicks(Clock.GetTimestamp());
            Then?.Invoke();
        }
    }
}
