using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>
/// What may change in a queue without a record. A part of <see cref="QueueWork"/> and a struct, so that a busy inbox needs no object more.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct VolatileQueueState
{
    /// <summary>Messages without a key, as far as they may be ready.</summary>
    public ReadyLine Line;

    /// <summary>Lanes whose head may be ready, the one that waits longest first.</summary>
    public Queue<Lane>? ReadyLanes;

    public ConsumerList Consumers;

    /// <summary>Consumers that lost their connection and may come back.</summary>
    public List<ConsumerState>? Detached;

    /// <summary>Of equally busy consumers, the place of the one that is next.</summary>
    public int NextConsumer;

    /// <summary>Kept once it is there, so that coming and going does not get around a limit.</summary>
    public QueueFlow? Flow;

    /// <summary>Of owners who gave messages back lately.</summary>
    public Dictionary<string, ReleasePace>? Paces;

    public readonly bool IsIdle =>
        Consumers.Count == 0 && Line.IsFresh && Flow is null && Paces is null && Detached is null or { Count: 0 };
}
