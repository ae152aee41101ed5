namespace Stork;

/// <summary>Many sockets at once: a namespace, or part of one chosen with <see cref="To"/>, <see cref="Except"/> and the other operators.
/// The operators return new objects and change nothing.</summary>
public abstract class BroadcastTarget : Emitter
{
    private protected BroadcastTarget()
    {
    }

    /// <summary>Does not wait for connections that are not ready: they miss the event.</summary>
    public BroadcastOperator Volatile => With(Selection with { Volatile = true });

    /// <summary>Only sockets connected to this very server.</summary>
    public BroadcastOperator Local => With(Selection with { Local = true });

    private protected abstract BroadcastOptions Selection { get; }

    /// <summary>Only sockets in at least one of the rooms (of this and earlier calls); a socket in several gets the event once.</summary>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => With(Selection.WithRooms(rooms));

    /// <summary>The same as <see cref="To"/>.</summary>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => With(Selection.WithRooms(rooms));

    /// <summary>Not the sockets in any of the rooms.</summary>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => With(Selection.WithExcept(rooms));

    /// <summary>Whether polling answers and WebSocket messages with the event may be compressed; they may by default.</summary>
    public BroadcastOperator Compress(bool compress) => With(Selection with { Compress = compress });

    /// <summary>How long <see cref="BroadcastOperator.EmitWithAckAsync{TReply}(string, object?[])"/> waits for the answers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public BroadcastOperator Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return With(Selection with { Timeout = timeout });
    }

    /// <summary>The sockets meant, on all servers. Other servers are awaited for <see cref="Timeout"/>, or as long as the adapter says; the
    /// list names those that have not answered.</summary>
    public ValueTask<RemoteSocketList> FetchSocketsAsync(CancellationToken cancellationToken = default) =>
        With(Selection).FetchSocketsCore(cancellationToken);

    /// <summary>Makes the sockets meant join rooms.</summary>
    public ValueTask SocketsJoinAsync(params ReadOnlySpan<string> rooms) => With(Selection).JoinCore([.. rooms]);

    /// <summary>Makes the sockets meant leave rooms.</summary>
    public ValueTask SocketsLeaveAsync(params ReadOnlySpan<string> rooms) => With(Selection).LeaveCore([.. rooms]);

    /// <summary>Disconnects the sockets meant.</summary>
    /// <param name="close">Also close their connections, and with them their sockets in other namespaces.</param>
    public ValueTask DisconnectSocketsAsync(bool close = false) => With(Selection).DisconnectCore(close);

    private protected abstract BroadcastOperator With(BroadcastOptions options);
}
