using System.Diagnostics;
using Stork.Queues;
using Stork.Timing;
using Stork.Wire;

namespace Stork.EngineIO;

/// <summary>
/// The heartbeat of a connection: the server pings, and the client has to answer in time. It also knows what the reading thread is doing:
/// as long as we ourselves do not read, silence of the client proves nothing.
/// </summary>
/// <remarks>
/// The timer and the reading thread (under <see cref="EngineConnection.Receiving"/>) write without a lock: what one misses of the other
/// costs the client one more ping at most.
/// </remarks>
[DebuggerDisplay("batch {_batch}, awaits pong: {_awaitingPong}, paused: {_paused}")]
internal sealed class Heartbeat(EngineConnection connection) : WheelEntry, IConsumerLiveness
{
    private bool _awaitingPong;
    private bool _renewed;
    private bool _heardSincePing;
    private bool _paused;

    // Odd during a batch, even between two.
    private int _batch;

    // The batch in which it was last time for something.
    private int _dueIn;
    private bool _wasKept;
    private bool _wasStuck;

    private long _heard;
    private long _probedAt = -1;

    /// <summary>A number for the packets that the reading thread is with, and with their handlers; even if it is with none.</summary>
    public int Batch => Volatile.Read(ref _batch);

    /// <summary>Whether nothing more is read before handlers get on: silence of the client proves nothing then.</summary>
    public bool IsReaderBusy => Volatile.Read(ref _paused) || IsBatch(Batch);

    /// <summary>Packets of the client, from its first one on.</summary>
    public long Heard => Volatile.Read(ref _heard);

    private EngineServer Server => connection.Server;

    public static bool IsBatch(int batch) => (batch & 1) != 0;

    public void Start() => Server.Wheel.Schedule(this, connection.Options.PingInterval);

    public void Stop() => Server.Wheel.Cancel(this);

    /// <summary>Handlers may run until <see cref="EndBatch"/>, on the thread that reads.</summary>
    public void BeginBatch() => Volatile.Write(ref _batch, _batch + 1);

    public void EndBatch()
    {
        Volatile.Write(ref _batch, _batch + 1);
        if (_dueIn != _batch - 1) return;
        // The pong may lie behind the batch: the wait for it is renewed, once more if a handler took all of it.
        _heardSincePing = true;
        if (!_wasKept) return;
        _renewed = _wasKept = _wasStuck = false;
    }

    /// <summary>Nothing is read until <see cref="Resume"/>.</summary>
    public void Pause() => Volatile.Write(ref _paused, true);

    public void Resume()
    {
        // What came meanwhile has yet to be read: the wait for the pong is renewed.
        _heardSincePing = true;
        _renewed = false;
        Volatile.Write(ref _paused, false);
    }

    public void OnPacket()
    {
        _heardSincePing = true;
        Volatile.Write(ref _heard, _heard + 1);
    }

    public void OnPong()
    {
        if (!Volatile.Read(ref _awaitingPong)) return;
        Volatile.Write(ref _awaitingPong, false);
        Start();
    }

    /// <summary>
    /// Pings the client, once until something is heard of it, unless the heartbeat waits for a pong anyway. The pong is beside the
    /// heartbeat and changes nothing of that.
    /// </summary>
    public void Probe()
    {
        var heard = Heard;
        if (Interlocked.Exchange(ref _probedAt, heard) == heard || Volatile.Read(ref _awaitingPong)) return;
        ThreadPool.UnsafeQueueUserWorkItem(
            static connection =>
            {
                if (connection.IsOpen) _ = connection.Send(EncodedPacket.Ping);
            },
            connection,
            preferLocal: false);
    }

    /// <summary>The wheel's call: time for the next ping, or the pong is overdue.</summary>
    internal override void OnDue()
    {
        if (!connection.IsOpen) return;
        var batch = Batch;
        // Still the same: whoever sends on and on is not meant, but a handler that keeps the reading thread.
        var isKept = IsBatch(batch) && batch == _dueIn;
        _dueIn = batch;
        if (!Volatile.Read(ref _awaitingPong))
        {
            _heardSincePing = false;
            _renewed = false;
            Volatile.Write(ref _awaitingPong, true);
            WaitForPong();
            _ = connection.Send(EncodedPacket.Ping);
        }
        else if (isKept || Volatile.Read(ref _paused))
        {
            OnDueWhileBusy(isKept);
        }
        else if (_heardSincePing && !_renewed)
        {
            // Another packet shows that the client lives; it renews the wait once, not for ever.
            _renewed = true;
            WaitForPong();
            // A handler may have begun since, and the client waits for its next ping meanwhile.
            if (IsBatch(batch)) _ = connection.Send(EncodedPacket.Ping);
        }
        else
        {
            connection.Close(DisconnectReason.PingTimeout, abort: true);
        }
    }

    /// <summary>
    /// While we ourselves do not read, the client is pinged on, for without pings it gives up, and a connection that broke shows when it is
    /// written to. Only an acknowledgement that handlers may wait for, and that nobody will ever read, ends it.
    /// </summary>
    private void OnDueWhileBusy(bool isInHandler)
    {
        if (connection.IsBroken)
        {
            connection.Close(DisconnectReason.TransportError, abort: true, "The connection broke.");
            return;
        }

        // A handler may be about to end its wait by itself, so its connection is looked at twice.
        var isStuck = connection.Listener.IsStuck(isInHandler);
        if (isStuck && (!isInHandler || _wasStuck))
        {
            if (isInHandler) Log.HandlerBlocks(Server.Logger, connection.Id);
            else Log.Stuck(Server.Logger, connection.Id);
            connection.Close(DisconnectReason.ForcedServerClose, details: "The handlers wait for acknowledgements that are out of reach.");
            return;
        }

        (_wasKept, _wasStuck) = (isInHandler, isStuck);
        WaitForPong();
        _ = connection.Send(EncodedPacket.Ping);
    }

    private void WaitForPong() => Server.Wheel.ScheduleNext(this, connection.Options.PingTimeout);
}
