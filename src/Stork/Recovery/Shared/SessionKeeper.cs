using Stork.Timing;

namespace Stork.Recovery.Shared;

/// <summary>Sees to it that the session of an open socket is saved when it changes, kept while the socket is there, and let go of behind
/// it.</summary>
/// <remarks>One save is under way at a time; what changes meanwhile is saved behind it. What cannot be saved is tried again when it is
/// refreshed.</remarks>
internal sealed class SessionKeeper(SharedSessions shared, SharedSession session) : WheelEntry
{
    private readonly Lock _gate = new();
    private bool _isSaving;
    private bool _isChanged;
    private bool _isOver;

    /// <summary>Whether nobody comes back to the session, as far as this server knows.</summary>
    public bool HasEnded { get; private set; }

    private IClusterSessionStore Store => shared.Store;

    private TimeSpan Interval => shared.Common.Retention / 3;

    /// <summary>Longer than it is kept otherwise, as a server that is killed has refreshed it some time ago.</summary>
    private TimeSpan Lifetime => shared.Common.Retention + Interval;

    /// <summary>The socket is open.</summary>
    public void Begin()
    {
        Save();
        ScheduleRefresh();
    }

    /// <summary>Something of the session has changed.</summary>
    public void Save()
    {
        lock (_gate)
        {
            _isChanged = true;
            if (_isSaving || _isOver) return;
            _isSaving = true;
        }

        shared.Observe(SaveAllAsync());
    }

    /// <summary>The client has gone, and may come back.</summary>
    public void Release(TimeSpan lifetime)
    {
        if (!TryStop()) return;
        if (Describe() is { } saved) shared.Observe(Store.ReleaseAsync(saved, lifetime));
    }

    /// <summary>The client does not come back.</summary>
    public void End()
    {
        HasEnded = true;
        if (TryStop()) shared.Observe(Store.EndAsync(DescribeWith(SharedData.Empty)));
    }

    /// <summary>Another socket has the session.</summary>
    public void Lose() => TryStop();

    internal override void OnDue()
    {
        shared.Observe(RefreshAsync());
        lock (_gate)
        {
            if (_isOver) return;
        }

        ScheduleRefresh();
    }

    private bool TryStop()
    {
        lock (_gate)
        {
            if (_isOver) return false;
            _isOver = true;
        }

        session.Socket.Server.Engine.Wheel.Cancel(this);
        return true;
    }

    private void ScheduleRefresh() => session.Socket.Server.Engine.Wheel.Schedule(this, Interval);

    private async ValueTask SaveAllAsync()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_isOver || !_isChanged)
                {
                    _isSaving = false;
                    return;
                }

                _isChanged = false;
            }

            try
            {
                if (Describe() is not { } saved) await Store.EndAsync(DescribeWith(SharedData.Empty));
                else if (!await Store.SaveAsync(saved, Lifetime)) session.Lose();
            }
            catch
            {
                // Not at once: the refresh tries again.
                lock (_gate) (_isChanged, _isSaving) = (true, false);
                throw;
            }
        }
    }

    private async ValueTask RefreshAsync()
    {
        lock (_gate)
        {
            if (_isOver || _isSaving) return;
            _isSaving = _isChanged;
        }

        if (_isSaving) await SaveAllAsync();
        else if (Describe() is { } saved && !await Store.RefreshAsync(saved, Lifetime)) session.Lose();
    }

    /// <summary>The session as it is; null if its data cannot be kept.</summary>
    private ClusterSession? Describe() =>
        SharedData.TryWrite(session.Data, session.Socket.Server, shared.Common.Options.MaxDataBytes) is { } data
            ? DescribeWith(data)
            : null;

    private ClusterSession DescribeWith(JsonPayload data)
    {
        lock (shared.Gate)
        {
            return new ClusterSession
            {
                Pid = session.Pid!,
                SocketId = session.Socket.Id,
                Rooms = session.Rooms.ToArray(),
                Data = data,
                Start = session.Start,
                Identity = session.Identity,
                Owner = session.Owner,
            };
        }
    }
}
