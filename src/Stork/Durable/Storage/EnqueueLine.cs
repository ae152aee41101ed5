using System.Runtime.InteropServices;
using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.Storage;

/// <summary>
/// Stores what one socket sends, in its order, without having each event wait for the sync of the one before. What was read at once goes to
/// the store as one batch, is synced once, and answered with one write.
/// </summary>
/// <remarks>
/// A batch is stored completely or not at all. If part of it is refused, its messages are stored one by one; so that none of them is
/// overtaken, nothing else is handed to the store before a batch is answered. What comes meanwhile is the next batch. An event that comes
/// alone does not wait.
/// </remarks>
internal sealed class EnqueueLine(QueueStore store, bool hasOneShard)
{
    /// <summary>Messages that may wait for their sync; behind that the socket's next event waits.</summary>
    public const int MaxPending = 512;

    /// <summary>A batch ends with the message that reaches this size.</summary>
    private const int MaxBatchBytes = 1 << 20;

    private readonly Lock _gate = new();
    private readonly List<Item> _collected = [];
    private Action? _submit;
    private TaskCompletionSource? _room;
    private bool _hasBatch;
    private int _pending;

    /// <summary>Stores a message of an event. Completes when the socket's next event may be handled.</summary>
    public Task AddAsync(MessageQueue queue, Message message, SocketEvent received, IStoredEvents outcomes)
    {
        bool isFirst;
        Task room;
        lock (_gate)
        {
            _collected.Add(new Item(queue, message, received, outcomes));
            isFirst = _collected.Count == 1 && !_hasBatch;
            room = Task.CompletedTask;
            if (++_pending >= MaxPending)
            {
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }
        }

        if (isFirst && OutputBatch.Current is { } batch) batch.RunBeforeFlush(_submit ??= Submit);
        else if (isFirst) Submit();
        return room;
    }

    private void Submit()
    {
        // Under the lock as far as it goes without waiting: that is the order in which the store gets it.
        lock (_gate)
        {
            if (_hasBatch || _collected.Count == 0) return;
            var items = TakeBatch();
            _hasBatch = items.Length > 1;
            _ = StoreAsync(items);
        }
    }

    /// <summary>From the front, what can be stored and answered together. The caller holds <c>_gate</c>.</summary>
    private Item[] TakeBatch()
    {
        var (count, bytes) = (0, 0L);
        var first = _collected[0];
        foreach (var item in _collected)
        {
            if (bytes >= MaxBatchBytes || item.Outcomes != first.Outcomes || (!hasOneShard && item.Queue.Name != first.Queue.Name)) break;
            bytes += item.Message.Body.Length;
            count++;
        }

        var taken = _collected.GetRange(0, count).ToArray();
        _collected.RemoveRange(0, count);
        return taken;
    }

    private async Task StoreAsync(Item[] items)
    {
        var outcomes = items[0].Outcomes;
        using (outcomes.StartSend(items.Length))
        {
            if (items.Length == 1) await StoreAloneAsync(items[0], items[0].Queue.EnqueueAsync(items[0].Message));
            else await StoreTogetherAsync(items, outcomes);
        }

        TaskCompletionSource? room = null;
        bool hasMore;
        lock (_gate)
        {
            _pending -= items.Length;
            if (_pending < MaxPending) (room, _room) = (_room, null);
            if (items.Length > 1) _hasBatch = false;
            hasMore = _collected.Count > 0;
        }

        if (hasMore) Submit();
        room?.TrySetResult();
    }

    private async Task StoreTogetherAsync(Item[] items, IStoredEvents outcomes)
    {
        IReadOnlyList<EnqueueReceipt> receipts;
        try
        {
            var batch = store.CreateBatch();
            foreach (var item in items) batch.Enqueue(item.Queue, item.Message);
            receipts = await batch.CommitAsync();
        }
        catch (QueueException refusal) when (refusal.Code is QueueErrorCode.QueueFull or QueueErrorCode.TooLarge or QueueErrorCode.Invalid)
        {
            await Task.WhenAll(Array.ConvertAll(items, static item => StoreAloneAsync(item, item.Queue.EnqueueAsync(item.Message))));
            return;
        }
#pragma warning disable CA1031 // Nobody waits for this task.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            foreach (var item in items) await outcomes.RefuseAsync(item.Received, failure);
            return;
        }

        await AnswerAsync(items, receipts, outcomes);
    }

    private static async Task StoreAloneAsync(Item item, Task<EnqueueReceipt> storing)
    {
        try
        {
            await item.Outcomes.AnswerAsync(item.Received, await storing);
        }
#pragma warning disable CA1031 // Nobody waits for this task.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await item.Outcomes.RefuseAsync(item.Received, failure);
        }
    }

    private static async ValueTask AnswerAsync(Item[] items, IReadOnlyList<EnqueueReceipt> receipts, IStoredEvents outcomes)
    {
        var slow = new List<(Item Item, ValueTask Answering)>();
        // A batch belongs to its thread: what does not complete at once is awaited behind it.
        var batch = OutputBatch.Enter();
        try
        {
            for (var i = 0; i < items.Length; i++)
            {
                var answering = outcomes.AnswerAsync(items[i].Received, receipts[i]);
                if (!answering.IsCompletedSuccessfully) slow.Add((items[i], answering));
            }
        }
        finally
        {
            batch.Exit();
        }

        foreach (var (item, answering) in slow)
        {
            try
            {
                await answering;
            }
#pragma warning disable CA1031 // Whatever storing failed with, whoever sent the message is told that it was not stored.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                await outcomes.RefuseAsync(item.Received, failure);
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Item(MessageQueue Queue, Message Message, SocketEvent Received, IStoredEvents Outcomes);
}
