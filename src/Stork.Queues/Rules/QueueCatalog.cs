using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Finds queues, brings them into being, and knows what the application wants of them.</summary>
internal sealed class QueueCatalog(ShardState state, RecordEmitter emitter, Func<QueueKind, string, QueueOptions?> configure)
{
    public QueueState? Find(QueueAddress address) => state.Find(address);

    /// <summary>The queue of that name, which comes into being with a record if it is new.</summary>
    public QueueState GetOrDefine(QueueAddress address)
    {
        if (state.Find(address) is { } known) return known;
        var id = state.FreeIds.TryPop(out var free) ? free : (uint)state.IdEnd;
        var record = new QueueRecord
        {
            Queue = id,
            Kind = address.Kind,
            Name = address.Utf8Name,
            NextSequence = 1,
            LastActive = Entry.ExpirySeconds(state.Now),
        };
        emitter.Emit(record, SyncClass.Fsync);
        return state.Find(address)!;
    }

    /// <summary>Says the queue anew, as it is now.</summary>
    public void Restate(QueueState queue) => Restate(queue, queue.NextSequence, queue.Totals, queue.LastActive);

    public void Restate(QueueState queue, long nextSequence, QueueTotals totals, uint lastActive)
    {
        var record = new QueueRecord
        {
            Queue = queue.Id,
            Kind = queue.Kind,
            Name = queue.Utf8Name,
            NextSequence = nextSequence,
            Paused = queue.Paused,
            Totals = totals,
            LastActive = lastActive,
        };
        emitter.Emit(record, SyncClass.Fsync);
    }

    public QueueOptions OptionsOf(QueueState queue)
    {
        if (queue.Options is { } known) return known;
        try
        {
            return queue.Options = OptionsFor(queue.Kind, queue.Name);
        }
        catch (QueueException)
        {
            // What it holds must not wait for an application that is mistaken about one queue, nor everybody else.
            return queue.Options = Default(queue.Kind);
        }
    }

    /// <summary>What the application wants of a queue that may yet have to be made.</summary>
    /// <exception cref="QueueException">Its answer cannot be used.</exception>
    public QueueOptions OptionsFor(QueueKind kind, string name)
    {
        var options = configure(kind, name) ?? Default(kind);
        options.Validate();
        return options;
    }

    private static QueueOptions Default(QueueKind kind) => kind switch
    {
        QueueKind.Inbox => QueueOptions.Inbox,
        QueueKind.DeadLetter => QueueOptions.DeadLetters,
        _ => QueueOptions.Work,
    };
}
