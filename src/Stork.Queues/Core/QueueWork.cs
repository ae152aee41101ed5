namespace Stork.Queues.Core;

/// <summary>What a queue needs while something goes on in it.</summary>
internal sealed class QueueWork
{
    /// <summary>Entries that recovery found out of order, until it ends.</summary>
    public Dictionary<long, Entry>? Late;

    public ExtraTable Extras;
    public ReadyLine Line;
    public ConsumerList Consumers;
    public int InFlight;
    public int Scheduled;
    public int Retained;

    /// <summary>Of equally busy consumers, the place of the one that is next.</summary>
    public int Turn;

    public Dictionary<ulong, Lane>? Lanes;
    public Queue<Lane>? ReadyLanes;
    public DedupTable? Dedup;
    public Dictionary<string, ProducerMark>? Producers;
    public Dictionary<UInt128, long>? Collapse;
    public List<Device>? Devices;

    /// <summary>Kept once it is there, so that coming and going does not get around a limit.</summary>
    public QueueFlow? Flow;

    /// <summary>Of owners who gave messages back lately.</summary>
    public Dictionary<string, ReleasePace>? Paces;

    /// <summary>Consumers that lost their connection and may come back.</summary>
    public List<ConsumerState>? Detached;

    /// <summary>Fresh again from the first message on, so that nothing is forgotten by letting go.</summary>
    public bool IsIdle => Consumers.Count == 0 && Extras.Count == 0 && Late is null or { Count: 0 } && Line.IsFresh
        && Lanes is null or { Count: 0 } && InFlight + Scheduled + Retained == 0 && Dedup is null && Producers is null
        && Collapse is null or { Count: 0 } && Devices is null or { Count: 0 } && Flow is null && Paces is null && Detached is null or { Count: 0 };
}
