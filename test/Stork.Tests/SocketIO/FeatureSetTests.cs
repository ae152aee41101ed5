using Stork.SocketIO;

namespace Stork.Tests.SocketIO;

/// <summary>What higher floors keep with a server or a namespace.</summary>
public sealed class FeatureSetTests
{
    private readonly FeatureSet _features = new();

    [Fact]
    public void There_is_one_of_each_type_made_when_it_is_first_asked_for()
    {
        _features.Find<Counter>().ShouldBeNull();
        var made = _features.GetOrAdd(this, static _ => new Counter());
        _features.GetOrAdd(this, static _ => new Counter()).ShouldBeSameAs(made);
        _features.GetOrAdd(this, static _ => new Other()).ShouldBeSameAs(_features.Find<Other>());
        _features.Find<Counter>().ShouldBeSameAs(made);
    }

    [Fact]
    public void All_who_ask_at_once_get_the_same()
    {
        using var barrier = new Barrier(4);
        var found = new Counter[4];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
        {
            // All are inside before one of them is done.
            found[i] = _features.GetOrAdd(this, _ =>
            {
                barrier.SignalAndWait(TimeSpan.FromMinutes(1));
                return new Counter();
            });
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        found.ShouldAllBe(counter => ReferenceEquals(counter, _features.Find<Counter>()));
    }

    private sealed class Counter;

    private sealed class Other;
}
