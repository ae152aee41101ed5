using System.Diagnostics;

namespace Stork.Redis.Sharded;

/// <summary>One channel, subscribed to for as long as it is needed.</summary>
/// <remarks>Whether it is needed changes from any thread, also while a command is under way, and the news of two changes may come in the
/// wrong order. So nobody says what to do: whoever has changed something calls <see cref="UpdateAsync"/>, and one run at a time compares
/// what is needed with what there is, until they agree. Commands for one channel never overtake each other.</remarks>
/// <param name="name">Its name.</param>
/// <param name="bus">Where.</param>
/// <param name="isNeeded">Whether it is needed at the moment of the call.</param>
[DebuggerDisplay("{_name}: {_subscription is not null}")]
internal sealed class SubscribedChannel(string name, IChannelBus bus, Func<bool> isNeeded)
{
    private readonly Lock _gate = new();
    private readonly string _name = name;
    private IChannelSubscription? _subscription;
    private Task? _update;
    private bool _isOutdated;
    private bool _isSuspect;
    private bool _isRenewed;

    /// <summary>Whether it is subscribed to, and nothing is under way.</summary>
    public bool IsConfirmed
    {
        get
        {
            lock (_gate) return _update is null && _subscription is { IsConfirmed: true };
        }
    }

    /// <summary>Whether there is neither a subscription nor a command under way.</summary>
    public bool IsUnused
    {
        get
        {
            lock (_gate) return _update is null && _subscription is null;
        }
    }

    /// <summary>Whether there is a subscription, and nothing under way; it may be one that the bus has still to confirm.</summary>
    public bool IsSubscribed
    {
        get
        {
            lock (_gate) return _update is null && _subscription is not null;
        }
    }

    /// <summary>It may have become needed, or is not needed any more.</summary>
    /// <returns>Completes when it is as it should be, or the bus could not be reached.</returns>
    public Task UpdateAsync()
    {
        lock (_gate)
        {
            _isOutdated = true;
            return _update ??= RunAsync();
        }
    }

    /// <summary>Called now and then: one that is not confirmed twice in a row, though the bus could be reached, is made anew.</summary>
    public void Review()
    {
        lock (_gate)
        {
            var isLost = _update is null && (_subscription is null || _subscription is { IsConfirmed: false, IsConnected: true });
            (var isSecond, _isSuspect) = (isLost && _isSuspect, isLost);
            if (!isSecond) return;
            _isSuspect = false;
            _isRenewed = true;
            _update = RunAsync();
        }
    }

    private async Task RunAsync()
    {
        // Whoever starts it holds the lock.
        await Task.Yield();
        try
        {
            do await AgreeAsync();
            while (!TryEnd());
        }
        catch (Exception)
        {
            // The bus is closed for good, or so out of order that a review has to try again.
            lock (_gate) _update = null;
        }
    }

    private async Task AgreeAsync()
    {
        bool isRenewed;
        lock (_gate) (isRenewed, _isRenewed, _isOutdated) = (_isRenewed, false, false);
        var isWanted = isNeeded();
        if (_subscription is { } former && (isRenewed || !isWanted))
        {
            await former.EndAsync();
            _subscription = null;
        }

        if (isWanted) _subscription ??= await bus.SubscribeAsync(_name);
    }

    private bool TryEnd()
    {
        lock (_gate)
        {
            if (_isOutdated) return false;
            _update = null;
            return true;
        }
    }
}
