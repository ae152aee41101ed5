using Stork.Wire;

namespace Stork.EngineIO;

// The heartbeat: the server pings, the client has to answer in time.
internal sealed partial class EngineConnection
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

    /// <summary>A number for the packets that the reading thread is with, and with their handlers; even if it is with none.</summary>
    public int Batch => Volatile.Read(ref _batch);

    /// <summary>Whether nothing more is read before handlers get on: silence of the client proves nothing then.</summary>
    public bool IsReaderBusy => Volatile.Read(ref _paused) || IsBatch(Batch);

    public static bool IsBatch(int batch) => (batch & 1) != 0;

    /// <summary>The wheel's call: time for the next ping, or the pong is overdue.</summary>
    internal override void OnDue()
    {
        if (!IsOpen) return;
        var batch = Batch;
        // Still the same: whoever sends on and on is not meant, but a handler that keeps the reading thread.
        var isKept = IsBatch(batch) && batch == _dueIn;
        _dueIn = batch;
        if (!Volatile.Read(ref _awaitingPong))
        {
            _heardSincePing = false;
            _renewed = false;
            Volatile.Write(ref _awaitingPong, true);
            _server.Wheel.ScheduleNext(this, Options.PingTimeout);
            _ = Send(EncodedPacket.Ping);
        }
        else if (isKept || Volatile.Read(ref _paused))
        {
            OnDueWhileBusy(isKept);
        }
        else if (_heardSincePing && !_renewed)
        {
            // Another packet shows that the client lives; it renews the wait once, not for ever.
            _renewed = true;
            _server.Wheel.ScheduleNext(this, Options.PingTimeout);
            // A handler may have begun since, and the client waits for its next ping meanwhile.
            if (IsBatch(batch)) _ = Send(EncodedPacket.Ping);
        }
        else
        {
            Close(DisconnectReason.PingTimeout, abort: true);
        }
    }

    /// <summary>
    /// While we ourselves do not read, silence proves nothing. The client is pinged on, for without pings it gives up, and a connection that broke shows
    /// when it is written to. Only an acknowledgement that handlers may wait for, and that nobody will ever read, ends it.
    /// </summary>
    private void OnDueWhileBusy(bool isInHandler)
    {
        if (_transport.IsBroken)
        {
            Close(DisconnectReason.TransportError, abort: true, "The connection broke.");
            return;
        }

        // A handler may be about to end its wait by itself, so its connection is looked at twice.
        var isStuck = _listener!.IsStuck(isInHandler);
        if (isStuck && (!isInHandler || _wasStuck))
        {
            if (isInHandler) Log.HandlerBlocks(_server.Logger, Id);
            else Log.Stuck(_server.Logger, Id);
            Close(DisconnectReason.ForcedServerClose, details: "The handlers wait for acknowledgements that are out of reach.");
            return;
        }

        (_wasKept, _wasStuck) = (isInHandler, isStuck);
        _server.Wheel.ScheduleNext(this, Options.PingTimeout);
        _ = Send(EncodedPacket.Ping);
    }

    private void StartHeartbeat() => _server.Wheel.Schedule(this, Options.PingInterval);

    private void OnPong()
    {
        if (!Volatile.Read(ref _awaitingPong)) return;
        Volatile.Write(ref _awaitingPong, false);
        _server.Wheel.Schedule(this, Options.PingInterval);
    }
}
