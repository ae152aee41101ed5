using System.Collections.Concurrent;
using Stork.Queues;

namespace Stork.Durable.Idempotency;

/// <summary>
/// Answers of handlers that have run, which the store did not take: its disk became full meanwhile. They are stored before any other event
/// is handled, so that none of them is handled again as long as the process lives.
/// </summary>
internal sealed class UnstoredAnswers(MessageQueue queue)
{
    /// <summary>Answers that are kept. Only handlers that already run when the store begins to refuse can add any.</summary>
    private const int MaxCount = 10_000;

    private const long MaxBytes = 64 << 20;

    private readonly ConcurrentDictionary<string, byte[]> _answers = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Stores an answer under its key, or keeps it here.</summary>
    /// <exception cref="QueueException">It is not stored.</exception>
    public async Task StoreAsync(string key, byte[] answer)
    {
        try
        {
            await EnqueueAsync(key, answer);
        }
        catch (QueueException)
        {
            if (_answers.Count < MaxCount && Interlocked.Read(ref _bytes) < MaxBytes && _answers.TryAdd(key, answer))
                Interlocked.Add(ref _bytes, answer.Length);
            throw;
        }
    }

    /// <summary>Stores what is kept here.</summary>
    /// <exception cref="QueueException">Not all of it is.</exception>
    public async ValueTask StoreAllAsync()
    {
        if (_answers.IsEmpty) return;
        foreach (var (key, answer) in _answers)
        {
            await EnqueueAsync(key, answer);
            if (_answers.TryRemove(key, out _)) Interlocked.Add(ref _bytes, -answer.Length);
        }
    }

    private async Task EnqueueAsync(string key, byte[] answer)
    {
        var receipt = await queue.EnqueueAsync(new Message(answer) { DedupId = key, Subject = "answer" });
        if (receipt.Dropped) throw new QueueException(QueueErrorCode.QueueFull, $"'{queue.Name}' is full and drops what is new.");
    }
}
