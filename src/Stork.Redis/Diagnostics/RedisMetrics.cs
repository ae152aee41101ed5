using System.Diagnostics.Metrics;

namespace Stork.Redis.Diagnostics;

/// <summary>The meters of the package, under the name "Stork.Redis"; what is common to all adapters is counted by "Stork".</summary>
internal sealed class RedisMetrics : IDisposable
{
    public const string MeterName = "Stork.Redis";

    private readonly Meter _meter;
    private readonly Counter<long> _lost;
    private readonly UpDownCounter<long> _queued;
    private readonly Counter<long> _trimmed;

    public RedisMetrics(IMeterFactory? factory)
    {
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _lost = _meter.CreateCounter<long>("stork.redis.connections.lost", "{connection}", "Connections to Redis that were lost, by kind.");
        _queued = _meter.CreateUpDownCounter<long>(
            "stork.redis.queued", "By", "Bytes of messages from Redis that wait to be handled.");
        _trimmed = _meter.CreateCounter<long>(
            "stork.redis.streams.trimmed", "{gap}", "Times that a stream did not reach back to where it was read, by stream.");
    }

    public void ConnectionLost(string connection) =>
        Measure(() => _lost.Add(1, new KeyValuePair<string, object?>("connection", connection)));

    public void Queued(long bytes)
    {
        if (_queued.Enabled) Measure(() => _queued.Add(bytes));
    }

    public void StreamTrimmed(string stream) =>
        Measure(() => _trimmed.Add(1, new KeyValuePair<string, object?>("stream", stream)));

    public void Dispose() => _meter.Dispose();

    /// <summary>Whoever listens is the application's, and may throw; the messages go on.</summary>
    private static void Measure(Action measure)
    {
        try
        {
            measure();
        }
        catch (Exception)
        {
            // The measurement is lost, and nothing else.
        }
    }
}
