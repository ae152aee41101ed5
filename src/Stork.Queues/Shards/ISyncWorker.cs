namespace Stork.Queues.Shards;

/// <summary>Syncs the journal beside the shard's thread, one sync at a time.</summary>
internal interface ISyncWorker : IDisposable
{
    /// <summary>Whether the last sync that was begun has come to an end.</summary>
    bool IsDone { get; }

    /// <summary>What went wrong with it; null: nothing.</summary>
    Exception? Failure { get; }

    /// <summary>Begins a sync. The one before is done.</summary>
    void Begin(Action sync);

    /// <summary>Returns when it is done.</summary>
    void Wait();
}
