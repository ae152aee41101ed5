using System.Diagnostics;
using Stork.Wire;

namespace Stork.Durable.Consumers;

/// <summary>
/// Sends what the store has brought for clients. The consumers of many sockets share a work item of the pool: all of them write, and then
/// each connection is flushed once.
/// </summary>
/// <remarks>
/// A consumer is handed in once for all that has arrived for it, and sends it in one round, so that its order is kept. With more of them
/// than one thread sends in a round, another thread joins in, up to one a processor. Between two rounds a thread goes back to the pool:
/// what else waits there gets its turn.
/// </remarks>
[DebuggerDisplay("{_waiting.Count} consumers wait, {_threads} threads send")]
internal sealed class DeliveryRounds : IThreadPoolWorkItem
{
    /// <summary>Consumers of one round. The first of them waits for the last one to write before it is flushed; and each holds a pooled
    /// array until then, of which the pool keeps 32 for a processor.</summary>
    private const int RoundSize = 16;

    private readonly Lock _gate = new();
    private readonly Queue<SocketConsumer> _waiting = [];

    // A round's consumers; the lists of the threads that send are not in here.
    private readonly Stack<List<SocketConsumer>> _spare = new();
    private int _threads;

    /// <summary>Has <see cref="SocketConsumer.SendArrived"/> called soon, on a thread of the pool.</summary>
    public void Add(SocketConsumer consumer)
    {
        lock (_gate)
        {
            _waiting.Enqueue(consumer);
            if (_waiting.Count <= _threads * RoundSize || _threads == Environment.ProcessorCount) return;
            _threads++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var round = BeginRound();
        var batch = OutputBatch.Enter();
        try
        {
            foreach (var consumer in round) consumer.SendArrived();
        }
        finally
        {
            batch.Exit();
        }

        foreach (var consumer in round) consumer.OnFlushed();
        if (EndRound(round)) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private List<SocketConsumer> BeginRound()
    {
        lock (_gate)
        {
            var round = _spare.TryPop(out var spare) ? spare : new List<SocketConsumer>(RoundSize);
            while (round.Count < RoundSize && _waiting.TryDequeue(out var consumer)) round.Add(consumer);
            return round;
        }
    }

    /// <summary>Whether there is another round for this thread.</summary>
    private bool EndRound(List<SocketConsumer> round)
    {
        round.Clear();
        lock (_gate)
        {
            _spare.Push(round);
            if (_waiting.Count > 0) return true;
            _threads--;
            return false;
        }
    }
}
