using Stork.Timing;

namespace Stork.SocketIO.Clustering;

/// <summary>Tells other servers now and then that this one is there, unless it has told them something else; and forgets those that do
/// not.</summary>
internal sealed class Heartbeat(TimerWheel wheel, TimeProvider time, TimeSpan interval, Action beat, Action review) : WheelEntry
{
    /// <summary>How often an interval is looked at whether it is over.</summary>
    private const int Looks = 5;

    private long _lastSent = time.GetTimestamp();
    private volatile bool _isStopped;

    /// <summary>Something was sent to all other servers.</summary>
    public void OnSent() => Volatile.Write(ref _lastSent, time.GetTimestamp());

    /// <summary>Without effect after <see cref="Stop"/>.</summary>
    public void Start()
    {
        if (!_isStopped) wheel.Schedule(this, interval / Looks);
    }

    public void Stop()
    {
        _isStopped = true;
        wheel.Cancel(this);
    }

    internal override void OnDue()
    {
        if (_isStopped) return;
        try
        {
            if (time.GetElapsedTime(Volatile.Read(ref _lastSent)) >= interval) beat();
            review();
        }
        finally
        {
            wheel.Schedule(this, interval / Looks);
        }
    }
}
