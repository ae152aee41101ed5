using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// The one way by which rules change what is durable: a record is sealed in the frame, and the very bytes of it are applied at once, as recovery will. So what
/// a rule sees after it has emitted is what a restart would see.
/// </summary>
internal sealed class RecordEmitter(FrameBuilder frame, RecordApplier applier)
{
    /// <summary>The strictest class among the records of this turn.</summary>
    public SyncClass Need { get; private set; }

    /// <summary>The most room that something of this turn needed and did not get; 0: all had what it needed. The next turn sees to it.</summary>
    public int Wanted { get; private set; }

    public int Room => frame.Room;

    public int BodyBytes => frame.BodyBytes;

    public void BeginTurn()
    {
        Need = SyncClass.None;
        Wanted = 0;
    }

    /// <summary>Whether the frame has this much room; otherwise the next one will.</summary>
    public bool Fits(int bytes)
    {
        if (frame.Room >= bytes) return true;
        Wanted = Math.Max(Wanted, bytes);
        return false;
    }

    public void Emit<T>(scoped in T record, SyncClass need)
        where T : struct, IRecord, allows ref struct
    {
        var address = record.Write(frame);
        if (need > Need) Need = need;
        applier.Apply(frame.LastRecord, address);
    }
}
