namespace Stork.Recovery;

/// <summary>One of the places of <see cref="ConnectionStateRecoveryOptions.MaxConcurrentReplays"/>.</summary>
internal sealed class ReplaySlot(SemaphoreSlim free) : IDisposable
{
    public void Dispose()
    {
        try
        {
            free.Release();
        }
        catch (ObjectDisposedException)
        {
            // The server has stopped meanwhile.
        }
    }
}
