using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Stork.Redis.Tests.Faults;

/// <summary>What all servers of the process measure of Redis while it lives.</summary>
internal sealed class RedisMeters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _sums = new();

    public RedisMeters()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Stork.Redis") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var tag = tags.Length == 0 ? "" : $" {tags[0].Value}";
            _sums.AddOrUpdate(instrument.Name + tag, value, (_, sum) => sum + value);
        });
        _listener.Start();
    }

    /// <summary>The sum of a meter, with the value of its label behind the name.</summary>
    public long this[string name] => _sums.GetValueOrDefault(name);

    public void Dispose() => _listener.Dispose();
}
