using Stork.Wire;
using Stork.Timing;
using Stork.EngineIO.Transports;

namespace Stork.EngineIO;

// The change from polling to WebSocket: probe, pause of the polling, switch.
internal sealed partial class EngineConnection
{
    private UpgradeProbe? _probe;

    /// <summary>Whether a WebSocket is there that may become the session's.</summary>
    public bool IsUpgrading => Volatile.Read(ref _probe) is not null;

    /// <summary>Starts an upgrade; false if the session may not (again) upgrade.</summary>
    public bool TryBeginUpgrade(WebSocketTransport candidate)
    {
        lock (_gate)
        {
            if (_state != State.Open || _probe is not null || TransportKind != SocketIOTransports.Polling || !Options.AllowUpgrades) return false;
            _probe = new UpgradeProbe(this, candidate);
            _probe.Start();
        }

        _listener!.OnUpgrading();
        return true;
    }

    /// <summary>A packet on a WebSocket that is not yet the session's transport.</summary>
    /// <returns>False when the WebSocket has to be closed.</returns>
    public bool ReceiveProbe(WebSocketTransport candidate, in EnginePacket packet)
    {
        lock (_gate)
        {
            if (_probe?.Candidate != candidate) return false;
            if (packet is { Type: EnginePacketType.Ping } && packet.Payload.Span.SequenceEqual("probe"u8))
            {
                candidate.TryWrite(EncodedPacket.ProbePong);
                candidate.Flush(queue: null);
                _probe.Answered();
                return true;
            }

            if (packet.Type != EnginePacketType.Upgrade || !_probe.IsAnswered) return false;
            EndUpgrade();
            if (_state == State.Closed)
            {
                candidate.Close(queue: null, abort: false);
                return true;
            }

            var polling = _transport;
            _transport = candidate;
            ((PollingTransport)polling).Abandon();
            if (_state == State.Open) Flush();
            else candidate.Close(Queue, abort: false);
        }

        Log.Upgraded(_server.Logger, Id);
        return true;
    }

    /// <summary>The WebSocket of an upgrade is gone; the session goes on polling.</summary>
    public void UpgradeFailed(WebSocketTransport candidate)
    {
        lock (_gate)
        {
            if (_probe?.Candidate == candidate) EndUpgrade();
        }
    }

    /// <summary>
    /// The session ends. A client that was answered may have stopped polling already, and official ones never begin again when their WebSocket fails then:
    /// only at the end of the change they learn that nobody is there. So that is waited for, and what is still to be said goes that way, as in the original.
    /// </summary>
    private void LeaveUpgrade()
    {
        if (_probe is { IsAnswered: true } probe)
        {
            probe.Shorten(WebSocketTransport.CloseTimeout);
            return;
        }

        _probe?.Candidate.Close(queue: null, abort: true);
        EndUpgrade();
    }

    private void EndUpgrade()
    {
        _probe?.Stop();
        _probe = null;
    }

    /// <summary>Ends a waiting GET every 100 ms with a noop, so that the client can pause its polling, and gives up after the upgrade timeout. A client that was
    /// answered goes on when its POST is: as long as that is under way, the time does not count. If its WebSocket were closed meanwhile, official clients
    /// would neither go on polling nor try again.</summary>
    private sealed class UpgradeProbe(EngineConnection connection, WebSocketTransport candidate) : WheelEntry
    {
        private static readonly TimeSpan NoopInterval = TimeSpan.FromMilliseconds(100);
        private TimeSpan _left = connection.Options.UpgradeTimeout;
        private long _counted;

        public WebSocketTransport Candidate => candidate;

        public bool IsAnswered { get; private set; }

        public void Start()
        {
            _counted = connection._server.Time.GetTimestamp();
            connection._server.Wheel.Schedule(this, _left);
        }

        public void Answered()
        {
            // A repeated probe must not put off the end of the upgrade.
            if (IsAnswered) return;
            IsAnswered = true;
            connection._server.Wheel.Schedule(this, NoopInterval);
        }

        public void Shorten(TimeSpan limit) => _left = _left < limit ? _left : limit;

        public void Stop() => connection._server.Wheel.Cancel(this);

        internal override void OnDue()
        {
            lock (connection._gate)
            {
                if (connection._probe != this) return;
                var now = connection._server.Time.GetTimestamp();
                var polling = (PollingTransport)connection._transport;
                var isHeld = IsAnswered && (connection.IsReaderBusy || polling.IsPosting);
                if (!isHeld) _left -= connection._server.Time.GetElapsedTime(_counted, now);
                _counted = now;
                if (_left <= TimeSpan.Zero)
                {
                    connection._probe = null;
                    candidate.Close(queue: null, abort: true);
                    return;
                }

                polling.EndWaitingPoll();
                connection._server.Wheel.Schedule(this, NoopInterval);
            }
        }
    }
}
