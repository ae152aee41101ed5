using Stork.Shared.Disk;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Journal;

/// <summary>A sync of everything written so far, to be run by any thread while the journal goes on.</summary>
internal sealed class JournalSync(IDisk disk, IDiskFile file, string name, ulong lsn, uint segment, int offset)
{
    /// <summary>Records below this number are durable once it has run.</summary>
    public ulong Lsn => lsn;

    /// <summary>Where they end.</summary>
    public (uint Segment, int Offset) Position => (segment, offset);

    /// <exception cref="IOException">The disk did not say so.</exception>
    public void Run()
    {
        file.Sync();

        // A deleted file can still be written and synced, but nobody will ever read it.
        if (!disk.Exists(name)) throw new FileNotFoundException($"The journal's file '{name}' was deleted or moved while the store was open.");
    }
}
