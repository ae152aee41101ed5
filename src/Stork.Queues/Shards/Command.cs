namespace Stork.Queues.Shards;

/// <summary>
/// Something to be done by the shard's thread. It runs once, or, if it consists of parts, until it is done; what it says is told once its
/// records are as durable as they must be.
/// </summary>
internal abstract class Command
{
    /// <summary>Whether it brings messages in: refused when the disk is full, while all else goes on.</summary>
    public virtual bool IsProducer => false;

    /// <summary>Whether somebody wants to be told what became of it.</summary>
    public virtual bool IsAwaited => true;

    /// <summary>Whether all of it has run; if not, it goes on in the next frame.</summary>
    public virtual bool IsDone => true;

    /// <summary>Bytes it holds in memory while it waits, for back-pressure.</summary>
    public virtual int HeldBytes => 128;

    /// <summary>The most room its records can take, given the state now.</summary>
    public virtual int Room(ShardCore core) => 4096;

    /// <summary>
    /// Why it may not have more room than several messages together may take; null: it may. What ends or moves a stored message always may.
    /// </summary>
    public virtual QueueException? RefuseRoom(ShardCore core, int room, int limit) => null;

    /// <summary>Emits all of its records, or those of a part of it, or throws before the first.</summary>
    /// <exception cref="QueueException">It is refused.</exception>
    public abstract void Run(ShardCore core);

    public abstract void Complete();

    public abstract void Fail(Exception failure);
}
