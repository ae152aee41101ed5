using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Stork.Adapter.Tests;

/// <summary>What all servers of the process measure of dropped messages while it lives.</summary>
internal sealed class Meters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _dropped = new();

    public Meters()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Stork", Name: "stork.cluster.messages.dropped" }) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            foreach (var tag in tags) _dropped.Enqueue($"{tag.Value}");
        });
        _listener.Start();
    }

    public int Dropped(string reason) => _dropped.Count(dropped => dropped == reason);

    public void Dispose() => _listener.Dispose();
}
