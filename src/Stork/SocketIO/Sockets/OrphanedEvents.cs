namespace Stork.SocketIO.Sockets;

/// <summary>
/// Bytes of received events that wait for handlers although their clients have gone. They are handled as if the client were still there,
/// but clients that come, send and go could pile up any number of them behind one slow handler.
/// </summary>
internal sealed class OrphanedEvents
{
    /// <summary>So much may wait over all clients that have gone; what one leaves beyond that is dropped.</summary>
    public const long MaxBytes = 64 << 20;

    private long _bytes;

    /// <summary>A client goes, and leaves so much; false if that is too much.</summary>
    public bool TryAdd(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= MaxBytes) return true;
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>So much comes on top of what a client has left.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>So much of it waits no more.</summary>
    public void Remove(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
