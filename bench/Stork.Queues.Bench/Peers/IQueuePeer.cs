namespace Stork.Queues.Bench.Peers;

/// <summary>
/// A store or broker under measurement. It is started fresh for each measurement, and one thing at a time is asked of it:
/// nothing here is called concurrently, except for <see cref="EnqueueAsync"/>, of which <see cref="Pipeline"/> may be under way.
/// </summary>
internal interface IQueuePeer : IAsyncDisposable
{
    /// <summary>How it is called in reports.</summary>
    string Name { get; }

    /// <summary>Whether a message is on the disk (fsync or the like) before its producer is told.</summary>
    bool Synced { get; }

    /// <summary>Batches that a producer should have under way to get the most out of it; 1 for one that does its work
    /// on the caller's thread.</summary>
    int Pipeline { get; }

    /// <summary>Why this peer can not be measured on this machine ("needs ..."); null: it can be measured.</summary>
    string? Missing => null;

    /// <summary>Version, settings that matter, and how it is used, for the report.</summary>
    string Shape => "";

    /// <summary>Processor time it has used so far, with that of its client; the default is that of this process.</summary>
    TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    /// <summary>Whether this is something it can reasonably be asked.</summary>
    bool Takes(Workload workload) => true;

    /// <summary>Starts it with nothing in it, keeping its data in a directory that is its own and empty. Not measured.</summary>
    Task StartAsync(string directory, Workload workload);

    /// <summary>Stores one message for each of these inboxes, as one batch. Completes when the producer may rely on it.</summary>
    Task EnqueueAsync(ReadOnlyMemory<int> inboxes, ReadOnlyMemory<byte> body);

    /// <summary>Makes consumers and whatever else <see cref="CycleAsync"/> needs. Not measured; called when the backlog is there.</summary>
    Task PrepareCyclesAsync(Workload workload);

    /// <summary>
    /// Stores <see cref="Workload.Messages"/> messages in batches, and delivers and settles as many, while the backlog stays what it is:
    /// an inbox delivers its oldest message. Completes when the last one is settled.
    /// </summary>
    Task CycleAsync(Workload workload);
}
