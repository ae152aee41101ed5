namespace Stork.Queues.Bench.Peers.Services;

/// <summary>A broker of this machine, started with nothing in it and with the settings that it has in all benchmarks.
/// Disposing ends it.</summary>
internal interface IBrokerServer : IAsyncDisposable
{
    /// <summary>Where it listens on 127.0.0.1.</summary>
    int Port { get; }

    /// <summary>Processor time it has used so far.</summary>
    TimeSpan ProcessorTime { get; }
}
