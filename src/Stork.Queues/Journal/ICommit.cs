namespace Stork.Queues.Journal;

/// <summary>
/// What makes frames durable. On one machine that is a sync of the active segment (<see cref="DiskCommit"/>); where a log is kept by
/// several machines, it is their answer that they have taken the frames at the position where these were expected. The journal writes its
/// files in either case, and nothing that relies on durability is told to anyone before <see cref="Run"/> has returned.
/// <code>
/// AddFrame*, AddSegment* ─► Prepare ─► Run (any thread; meanwhile AddFrame*) ─► Confirm
///                                       └ throws: the journal is at its end, and so is its shard
/// </code>
/// Only <see cref="Run"/> may be called by another thread than the shard's, and only one runs at a time. An <see cref="IOException"/> of
/// any member ends the journal's life, unless it is a <see cref="DiskRefusedException"/> where one is allowed. What belongs to the log at
/// its opening is durable already.
/// </summary>
internal interface ICommit : IDisposable
{
    /// <summary>Nothing said how far the log reached when it was opened, although something was to say it.</summary>
    bool EndWasUnknown { get; }

    /// <summary>How far the log reaches by what is known outside of its files. Asked once, before these are read.</summary>
    /// <returns>The ends; null: nothing is known, and the files decide.</returns>
    JournalEnd? FindEnd();

    /// <summary>The log is open: everything up to its end is durable.</summary>
    /// <param name="end">Its ends.</param>
    void Open(in JournalEnd end);

    /// <summary>The files have a new segment: behind the last frame of the one before, and before the next frame.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="header">The bytes at its beginning; valid during the call.</param>
    void AddSegment(Segment segment, ReadOnlySpan<byte> header);

    /// <summary>The files have a new frame.</summary>
    /// <param name="segment">The segment that it is in.</param>
    /// <param name="offset">Where it starts.</param>
    /// <param name="frame">Its bytes. They do not change before the commit that includes them has come to an end.</param>
    void AddFrame(Segment segment, int offset, ReadOnlyMemory<byte> frame);

    /// <summary>The next <see cref="Run"/> is about everything that was added so far.</summary>
    /// <param name="active">The segment that is being written.</param>
    /// <param name="end">Where the log ends by now.</param>
    void Prepare(Segment active, in JournalEnd end);

    /// <summary>Makes durable what was prepared. Returns only if it is.</summary>
    /// <exception cref="IOException">It is not, or nobody knows.</exception>
    void Run();

    /// <summary>
    /// <see cref="Run"/> has returned, or a new segment has begun: the log is durable up to here. May be put down for its next opening.
    /// </summary>
    /// <param name="end">Its ends.</param>
    void Confirm(in JournalEnd end);

    /// <summary>Makes durable what <see cref="Confirm"/> put down.</summary>
    void Flush();

    /// <summary>The oldest segment is about to go: nobody must miss it at the next opening.</summary>
    /// <param name="end">The ends of the log without it.</param>
    /// <exception cref="DiskRefusedException">Not just now; this may be called again.</exception>
    void GiveUpOldest(in JournalEnd end);
}
