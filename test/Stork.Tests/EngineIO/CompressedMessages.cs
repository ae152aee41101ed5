using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Stork.Tests.EngineIO;

/// <summary>Counts what one server compresses, by its meter.</summary>
internal sealed class CompressedMessages : IDisposable
{
    private readonly MeterListener _listener;
    private long _count;

    public CompressedMessages(StorkApp app)
    {
        var factory = app.Services.GetRequiredService<IMeterFactory>();
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "stork.messages.compressed" && instrument.Meter.Scope == factory)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _count, count));
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
