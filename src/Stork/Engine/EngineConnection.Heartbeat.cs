using Stork.Output;

namespace Stork.Engine;

// The heartbeat: the server pings, the client has to answer in time.
internal sealed partial class EngineConnection
{
    private bool _awaitingPong;
    private bool _renewed;
    private bool _heardSincePing;
    private bool _paused;

    /// <summary>The wheel's call: time for the next ping, or the pong is overdue.</summary>
    internal override void OnDue()
    {
        if (!IsOpen) return;
        if (!Volatile.Read(ref _awaitingPong))
        {
            _heardSincePing = false;
            _renewed = false;
            Volatile.Write(ref _awaitingPong, true);
            _server.Wheel.Schedule(this, Options.PingTimeout);
            _ = Send(EncodedPacket.Ping);
        }
        else if (Volatile.Read(ref _paused))
        {
            OnDueWhilePaused();
        }
        else if (_heardSincePing && !_renewed)
        {
            // Another packet shows that the client lives; it renews the wait once, not for ever.
            _renewed = true;
            _server.Wheel.Schedule(this, Options.PingTimeout);
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
    private void OnDueWhilePaused()
    {
        if (_transport.IsBroken)
        {
            Close(DisconnectReason.TransportError, abort: true, "The connection broke.");
            return;
        }

        if (_listener!.IsStuck())
        {
            Log.Stuck(_server.Logger, Id);
            Close(DisconnectReason.ForcedServerClose, details: "The handlers wait for acknowledgements that are out of reach.");
            return;
        }

        _server.Wheel.Schedule(this, Options.PingTimeout);
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
