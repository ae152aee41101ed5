namespace Stork.SocketIO.Sockets;

/// <summary>
/// The received events of one client that wait for their handlers, over all of its sockets: how many may, and who waits until there is room
/// again. Most clients never have one.
/// </summary>
/// <remarks>Its lock is taken within that of a socket.</remarks>
internal sealed class EventBacklog(Client client)
{
    /// <summary>Bookkeeping weight of an event that waits: its entry and the headers of what was copied for it.</summary>
    private const int EventOverhead = 256;

    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _sockets = [];
    private long _bytes;
    private TaskCompletionSource? _roomAgain;
    private bool _hasMoved;
    private bool _isOrphaned;

    public bool IsFull
    {
        get
        {
            if (HasTooManyBytes) return true;
            // What the running handlers wait for may lie behind the events, and a client that upgrades can do nothing while its POST is
            // held back: the number of events is no limit then, the bytes are.
            return client.HasSocket(static socket => socket.Events.IsFull) && !OwesAcks && !client.Connection.IsUpgrading;
        }
    }

    private bool HasTooManyBytes => Interlocked.Read(ref _bytes) >= client.Server.Options.MaxInputBufferSize;

    private bool OwesAcks => client.HasSocket(static socket => socket.AcksIfAny is { HasPending: true });

    /// <summary>An event waits from now on. Called by the receiving thread.</summary>
    public void Add(in Packet packet, Socket socket)
    {
        lock (_gate)
        {
            var weight = WeightOf(packet);
            _bytes += weight;
            // The connection ended while its last batch was read.
            if (_isOrphaned) client.Server.OrphanedEvents.Add(weight);
            _sockets.Add(socket);
        }

        if ((socket.Events.IsFull || HasTooManyBytes) && IsFull) client.Connection.PauseReading();
    }

    /// <summary>An event waits no more.</summary>
    /// <param name="packet">The event.</param>
    /// <param name="socket">Whose it is.</param>
    /// <param name="isLast">Whether no other event of the socket waits.</param>
    public void Remove(in Packet packet, Socket socket, bool isLast)
    {
        lock (_gate)
        {
            var weight = WeightOf(packet);
            _bytes -= weight;
            if (_isOrphaned) client.Server.OrphanedEvents.Remove(weight);
            if (isLast) _sockets.Remove(socket);
            _hasMoved = true;
            ReleaseIfRoom();
        }
    }

    /// <summary>Something has changed that may let the reading go on.</summary>
    public void Review()
    {
        lock (_gate) ReleaseIfRoom();
    }

    public async Task WaitForRoomAsync()
    {
        while (true)
        {
            Task roomAgain;
            lock (_gate)
            {
                if (!IsFull) return;
                // Only from now on it can be told whether the handlers get on.
                if (_roomAgain is null) _hasMoved = true;
                _roomAgain ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                roomAgain = _roomAgain.Task;
            }

            await roomAgain;
        }
    }

    /// <summary>Whether nothing has moved since the last time, and what would move it may be an answer that lies unread.</summary>
    /// <param name="isInHandler">Whether the reading thread itself is with a handler.</param>
    public bool IsStuck(bool isInHandler)
    {
        lock (_gate)
        {
            var hasMoved = _hasMoved;
            _hasMoved = false;
            if (hasMoved) return false;
            return isInHandler ? client.OwesUnlimitedAcks : HasTooManyBytes && OwesAcks;
        }
    }

    /// <summary>The client has gone, and no event comes any more. Those that wait are still handled, unless too much waits of clients that
    /// have gone.</summary>
    public void Orphan()
    {
        Socket[] left;
        long bytes;
        lock (_gate)
        {
            bytes = _bytes;
            if (bytes == 0) return;
            _isOrphaned = client.Server.OrphanedEvents.TryAdd(bytes);
            if (_isOrphaned) return;
            left = [.. _sockets];
        }

        var count = left.Sum(static socket => socket.Events.DropEvents());
        Log.EventsDropped(client.Server.Logger, count, bytes, client.Connection.Id, OrphanedEvents.MaxBytes);
        client.Server.Engine.Metrics.EventsDropped(count);
    }

    private void ReleaseIfRoom()
    {
        if (_roomAgain is null || IsFull) return;
        _roomAgain.TrySetResult();
        _roomAgain = null;
    }

    private static long WeightOf(in Packet packet)
    {
        long weight = EventOverhead + packet.Namespace.Length + packet.Payload.Length + packet.EventName.Length;
        foreach (var attachment in packet.Attachments) weight += attachment.Length;
        return weight;
    }
}
