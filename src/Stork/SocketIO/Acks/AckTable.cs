using Stork.Timing;

namespace Stork.SocketIO.Acks;

/// <summary>The answers one socket owes. Ids are numbered by the server over all sockets and stay within 31 bits, as Java, C++ and C# clients read them.</summary>
internal sealed class AckTable(TimerWheel wheel, int limit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, PendingAck> _pending = [];
    private bool _isClosed;

    /// <summary>True once the socket is gone.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate) return _isClosed;
        }
    }

    /// <summary>True while answers are owed.</summary>
    public bool HasPending
    {
        get
        {
            lock (_gate) return _pending.Count > 0;
        }
    }

    /// <summary>True while an answer is owed for which somebody waits without a time limit.</summary>
    public bool HasUnlimited
    {
        get
        {
            lock (_gate) return _pending.Values.Any(static pending => pending.IsUnlimited);
        }
    }

    /// <summary>Adds an entry; false once the socket is gone, or while its client owes too many answers.</summary>
    public bool TryAdd(PendingAck pending, TimeSpan? timeout)
    {
        PendingAck? overtaken;
        lock (_gate)
        {
            if (_isClosed || _pending.Count >= limit) return false;
            _pending.Remove(pending.Id, out overtaken);
            _pending.Add(pending.Id, pending);
        }

        if (overtaken is not null)
        {
            // The numbers have gone round once: nobody can tell the answers apart any more.
            wheel.Cancel(overtaken);
            overtaken.Fail(new InvalidOperationException("Two billion acknowledgements later the client has still not answered."));
        }

        if (timeout is { } delay) wheel.Schedule(pending, delay);
        return true;
    }

    /// <summary>Takes an entry out; null if it was answered, timed out or never existed.</summary>
    public PendingAck? Remove(long id)
    {
        PendingAck? pending;
        lock (_gate)
        {
            if (id is < 0 or > int.MaxValue || !_pending.Remove((int)id, out pending)) return null;
        }

        wheel.Cancel(pending);
        return pending;
    }

    /// <summary>Takes everything out, for good.</summary>
    public PendingAck[] Close()
    {
        PendingAck[] all;
        lock (_gate)
        {
            _isClosed = true;
            all = [.. _pending.Values];
            _pending.Clear();
        }

        foreach (var pending in all) wheel.Cancel(pending);
        return all;
    }
}
