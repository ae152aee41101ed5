namespace Stork.Queues.Journal;

/// <summary>Takes the records of a journal in their order.</summary>
internal interface IJournalReplay
{
    void BeginFrame(long wallClock);

    /// <param name="record">The record from its kind on.</param>
    /// <param name="address">Where it is.</param>
    void Apply(ReadOnlySpan<byte> record, in RecordAddress address);
}
