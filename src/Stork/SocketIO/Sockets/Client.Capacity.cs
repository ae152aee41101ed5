namespace Stork.SocketIO.Sockets;

// How many received events may wait for their handlers, over all sockets of the connection.
internal sealed partial class Client
{
    /// <summary>Bookkeeping weight of an event that waits: its entry and the headers of what was copied for it.</summary>
    private const int EventOverhead = 256;

    private long _waitingBytes;
    private TaskCompletionSource? _roomAgain;
    private bool _hasMoved;
    private bool _isOrphaned;
    private HashSet<Socket>? _withEvents;

    /// <summary>Guards the wait for room; taken within the lock of a socket. The client itself, so that each of many idle ones has a lock less.</summary>
    private object CapacityGate => this;

    private bool HasTooManyBytes => Interlocked.Read(ref _waitingBytes) >= Server.Options.MaxInputBufferSize;

    private bool IsFull
    {
        get
        {
            if (HasTooManyBytes) return true;
            // What the running handlers wait for may lie behind the events, and a client that upgrades can do nothing while its POST is held back: the
            // number of events is no limit then, the bytes are.
            return HasSocket(static socket => socket.IsFull) && !OwesAcks && !Connection.IsUpgrading;
        }
    }

    private bool OwesAcks => HasSocket(static socket => socket.OwesAcks);

    public void OnUpgrading() => ReviewCapacity();

    public ValueTask WaitForCapacityAsync() => IsFull ? new ValueTask(WaitForRoomAsync()) : ValueTask.CompletedTask;

    /// <summary>An event waits from now on. Called by the receiving thread.</summary>
    public void AddWaiting(in Packet packet, Socket socket)
    {
        lock (CapacityGate)
        {
            var weight = Weigh(packet);
            _waitingBytes += weight;
            // The connection ended while its last batch was read.
            if (_isOrphaned) Server.OrphanedEvents.Add(weight);
            (_withEvents ??= []).Add(socket);
        }

        if ((socket.IsFull || HasTooManyBytes) && IsFull) Connection.PauseReading();
    }

    /// <summary>An event waits no more.</summary>
    public void RemoveWaiting(in Packet packet, Socket socket, bool isLast)
    {
        lock (CapacityGate)
        {
            var weight = Weigh(packet);
            _waitingBytes -= weight;
            if (_isOrphaned) Server.OrphanedEvents.Remove(weight);
            if (isLast) _withEvents?.Remove(socket);
            _hasMoved = true;
            TellOfRoom();
        }
    }

    public bool IsStuck(bool isInHandler)
    {
        lock (CapacityGate)
        {
            var hasMoved = _hasMoved;
            _hasMoved = false;
            if (hasMoved) return false;
            // A handler that blocks the reading thread may have its reasons; nobody but an answer that lies unread can end a wait without a limit.
            return isInHandler ? HasSocket(static socket => socket.OwesUnlimitedAcks) : HasTooManyBytes && OwesAcks;
        }
    }

    /// <summary>Something has changed that may let the reading go on.</summary>
    public void ReviewCapacity()
    {
        lock (CapacityGate) TellOfRoom();
    }

    /// <summary>The client has gone, and no event comes any more. Those that wait are still handled, unless too much waits of clients that have gone.</summary>
    private void LeaveEvents()
    {
        Socket[] left;
        long bytes;
        lock (CapacityGate)
        {
            bytes = _waitingBytes;
            if (bytes == 0) return;
            _isOrphaned = Server.OrphanedEvents.TryAdd(bytes);
            if (_isOrphaned) return;
            left = [.. _withEvents ?? []];
        }

        var count = left.Sum(static socket => socket.DropEvents());
        Log.EventsDropped(Logger, count, bytes, Connection.Id, OrphanedEvents.MaxBytes);
        Connection.Server.Metrics.EventsDropped(count);
    }

    private void TellOfRoom()
    {
        if (_roomAgain is null || IsFull) return;
        _roomAgain.TrySetResult();
        _roomAgain = null;
    }

    private async Task WaitForRoomAsync()
    {
        while (true)
        {
            Task roomAgain;
            lock (CapacityGate)
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

    private bool HasSocket(Func<Socket, bool> condition)
    {
        foreach (var socket in Sockets)
        {
            if (condition(socket)) return true;
        }

        return false;
    }

    private static long Weigh(in Packet packet)
    {
        long weight = EventOverhead + packet.Namespace.Length + packet.Payload.Length + packet.EventName.Length;
        foreach (var attachment in packet.Attachments) weight += attachment.Length;
        return weight;
    }
}
