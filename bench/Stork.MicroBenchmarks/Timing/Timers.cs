using BenchmarkDotNet.Attributes;
using Stork.Timing;

namespace Stork.MicroBenchmarks.Timing;

/// <summary>The timer of all heartbeats and timeouts.</summary>
[MemoryDiagnoser]
public class Timers : IDisposable
{
    private const int Entries = 1000;

    private readonly HandTime _time = new();
    private readonly Entry[] _entries = [.. Enumerable.Range(0, Entries).Select(static _ => new Entry())];
    private readonly Entry _entry = new();
    private TimerWheel _wheel = null!;

    [GlobalSetup]
    public void Setup() => _wheel = new TimerWheel(_time);

    [Benchmark, AllocationFree]
    public void ScheduleAndCancel()
    {
        _wheel.Schedule(_entry, TimeSpan.FromSeconds(20));
        _wheel.Cancel(_entry);
    }

    /// <summary>A thousand entries within a second, and all of them called.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public int ScheduleAndCall()
    {
        for (var i = 0; i < _entries.Length; i++) _wheel.Schedule(_entries[i], TimeSpan.FromMilliseconds(i + 1));
        while (_wheel.Count > 0) _time.Advance(_wheel.Tick);
        return _entries[0].Calls;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _wheel.Dispose();
        GC.SuppressFinalize(this);
    }

    private sealed class Entry : WheelEntry
    {
        public int Calls { get; private set; }

        internal override void OnDue() => Calls++;
    }
}
