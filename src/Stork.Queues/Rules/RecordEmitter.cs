using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// The one way by which rules change what is durable: a record is sealed in the frame, and the very bytes of it are applied at once, as
/// recovery will. So what a rule sees after it has emitted is what a restart would see.
/// </summary>
internal sealed class RecordEmitter(FrameBuilder frame, RecordApplier applier)
{
    /// <summary>The strictest class among the records of this turn.</summary>
    public SyncClass Need { get; private set; }

    /// <summary>
    /// The most room that something of this turn needed and did not get; 0: all had what it needed. The next turn sees to it.
    /// </summary>
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

    /// <summary>
    /// Seals a record and applies it. It is passed by value: with "in", a method that is generic in the type would copy the whole record
    /// before it calls a member of it, as it cannot know that the member changes nothing.
    /// </summary>
    public void Emit<T>(scoped T record, SyncClass need)
        where T : struct, IRecord, allows ref struct => Apply(record.Write(frame), need);

    /// <summary>As <see cref="Emit"/>, for the one record that is large.</summary>
    public void EmitMessage(scoped in MessageRecord record, SyncClass need) => Apply(record.Write(frame), need);

    private void Apply(in RecordAddress address, SyncClass need)
    {
        if (need > Need) Need = need;
        applier.Apply(frame.LastRecord, address);
    }
}
