namespace Stork.Queues.Journal;

/// <summary>A write or a sync failed, or the journal was used after that. What was under way has an unknown outcome.</summary>
internal sealed class JournalFailedException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>The files contradict themselves in a way that no crash can explain.</summary>
internal sealed class JournalDamagedException(string file, long offset, ulong lsn, string what)
    : IOException($"The journal is damaged: {what} (file '{file}', offset {offset}, LSN {lsn}).")
{
    public string What { get; } = what;

    public string File { get; } = file;

    public long Offset { get; } = offset;

    public ulong Lsn { get; } = lsn;
}
