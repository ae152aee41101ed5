namespace Stork.EngineIO;

// How those who keep messages elsewhere learn that the client has read what it got.
internal sealed partial class EngineConnection
{
    private bool _isDrainAwaited;

    /// <summary>Bytes that the transport could not take yet.</summary>
    public long QueuedBytes
    {
        get
        {
            lock (_gate) return _queue?.Bytes ?? 0;
        }
    }

    /// <summary>Has <see cref="IEngineListener.OnDrained"/> called once nothing is queued any more; false if that is so already, or the connection is over.</summary>
    public bool TellWhenDrained()
    {
        lock (_gate)
        {
            if (_state != State.Open || _queue is null or { IsEmpty: true }) return false;
            return _isDrainAwaited = true;
        }
    }

    private void NoteDrained()
    {
        if (!_isDrainAwaited || _queue is { IsEmpty: false }) return;
        _isDrainAwaited = false;
        // Not here, under the connection's lock.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection._listener?.OnDrained(), this, preferLocal: false);
    }
}
