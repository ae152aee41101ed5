namespace Stork.Queues.Bench.Peers.Nats;

/// <summary>Messages of which the server acknowledges each.</summary>
internal sealed class NatsBatch(int messages)
{
    private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing = messages;

    public Task Stored => _stored.Task;

    public void CountOne()
    {
        if (--_missing == 0) _stored.SetResult();
    }
}
