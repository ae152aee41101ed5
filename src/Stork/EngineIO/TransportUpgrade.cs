using System.Diagnostics;
using Stork.EngineIO.Transports;
using Stork.Timing;
using Stork.Wire;

namespace Stork.EngineIO;

/// <summary>
/// The change of a session to another transport. The client sends a probe on the new one, and is answered; it ends its requests on the old
/// one, which a noop helps it to do, every 100 ms; then it says that it has changed. Without that, the session stays where it is after the
/// upgrade timeout.
/// </summary>
/// <remarks>
/// A client that was answered goes on when its POST is: as long as that is under way, the time does not count. If its new transport were
/// closed meanwhile, official clients would neither go on with the old one nor try again. Guarded by the connection's lock.
/// </remarks>
[DebuggerDisplay("to {_candidate.Kind}, answered: {IsAnswered}")]
internal sealed class TransportUpgrade : WheelEntry
{
    private static readonly TimeSpan NoopInterval = TimeSpan.FromMilliseconds(100);

    private readonly EngineConnection _connection;
    private readonly Transport _candidate;
    private TimeSpan _left;
    private long _counted;

    public TransportUpgrade(EngineConnection connection, Transport candidate)
    {
        _connection = connection;
        _candidate = candidate;
        _left = connection.Options.UpgradeTimeout;
    }

    /// <summary>Whether the client knows that the new transport works.</summary>
    public bool IsAnswered { get; private set; }

    private EngineServer Server => _connection.Server;

    public void Start()
    {
        _counted = Server.Time.GetTimestamp();
        Server.Wheel.Schedule(this, _left);
    }

    public void Stop() => Server.Wheel.Cancel(this);

    public bool IsTo(Transport candidate) => _candidate == candidate;

    /// <summary>Answers the client's probe.</summary>
    public void Answer()
    {
        _candidate.TryWrite(EncodedPacket.ProbePong);
        _candidate.Flush(queue: null);
        // A repeated probe must not put off the end of the upgrade.
        if (IsAnswered) return;
        IsAnswered = true;
        Server.Wheel.Schedule(this, NoopInterval);
    }

    /// <summary>
    /// The session ends. A client that was answered may have stopped using the old transport already, and official ones never begin again
    /// when the new one fails then: only at the end of the change they learn that nobody is there. So that is waited for, for a while, and
    /// what is still to be said goes that way, as in the original.
    /// </summary>
    /// <returns>False if the upgrade is over.</returns>
    public bool TryOutliveSession()
    {
        if (IsAnswered)
        {
            _left = _left < Transport.CloseTimeout ? _left : Transport.CloseTimeout;
            return true;
        }

        _candidate.Close(queue: null, abort: true);
        return false;
    }

    internal override void OnDue()
    {
        lock (_connection.Gate)
        {
            if (!_connection.IsUpgradingBy(this)) return;
            var now = Server.Time.GetTimestamp();
            var isHeld = IsAnswered && _connection.IsReceiving;
            if (!isHeld) _left -= Server.Time.GetElapsedTime(_counted, now);
            _counted = now;
            if (_left <= TimeSpan.Zero)
            {
                _connection.EndUpgrade();
                _candidate.Close(queue: null, abort: true);
                return;
            }

            _connection.ReleaseWaitingRequest();
            Server.Wheel.Schedule(this, NoopInterval);
        }
    }
}
