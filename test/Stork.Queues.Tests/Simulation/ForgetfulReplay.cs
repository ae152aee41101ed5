using Stork.Queues.Journal;

namespace Stork.Queues.Tests.Simulation;

/// <summary>A planted fault: recovery overlooks some records.</summary>
internal sealed class ForgetfulReplay(IJournalReplay inner, RecordKind kind, int every) : IJournalReplay
{
    private int _seen;

    public void BeginFrame(long wallClock) => inner.BeginFrame(wallClock);

    public void Apply(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        if (record[0] == (byte)kind && ++_seen % every == 0) return;
        inner.Apply(record, address);
    }
}
