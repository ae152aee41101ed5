namespace Stork;

// The end of a socket that has never been connected.
public sealed partial class Socket
{
    private Task _leaving = Task.CompletedTask;
    private DisconnectReason? _endedEarly;

    /// <summary>The connection has ended while the middlewares run, which may wait for just that.</summary>
    internal void OnClosedEarly(DisconnectReason reason)
    {
        CancellationTokenSource? disconnected;
        lock (_gate)
        {
            if (_state != State.Connecting) return;
            _lastRooms = FindLastRooms();
            (_state, _endedEarly, disconnected) = (State.Disconnected, reason, _disconnected);
            // The caller may be a timer or the connection's reader: the application's handlers must not run on its time.
            _leaving = Task.Run(() => CallDisconnectHandlersAsync(reason));
        }

        _ = LeaveRoomsAsync();
        if (disconnected is not null) _ = CancelAsync(disconnected);
    }

    /// <summary>The middlewares are done, and one has refused the socket, or nobody is there any more.</summary>
    internal void Discard()
    {
        CancellationTokenSource? disconnected;
        lock (_gate) (_state, disconnected) = (State.Disconnected, _disconnected);
        // Of a client that did not wait for the answer.
        _ = DropEvents();
        _ = LeaveRoomsAsync();
        _ = DiscardAsync();
        if (disconnected is not null) _ = CancelAsync(disconnected);
    }

    private async Task DiscardAsync()
    {
        await _leaving;
        // Those that the middlewares registered after the end.
        if (_endedEarly is { } reason) await CallDisconnectHandlersAsync(reason);
        await DisposeServicesAsync();
    }
}
