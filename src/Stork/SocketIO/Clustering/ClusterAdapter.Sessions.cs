using Stork.SocketIO.Sessions;

namespace Stork;

// Where the bus keeps events and sessions for all servers: a client recovers on whatever server it comes back to.
public abstract partial class ClusterAdapter
{
    /// <summary>Whether this thread handles a message of the bus: what it does is in its place in the order of all.</summary>
    [ThreadStatic]
    private static bool _isApplying;

    /// <summary>Where sessions are kept for all servers; null (default) if each server keeps its own. Asked for once, when the adapter was
    /// made.</summary>
    protected internal virtual IClusterSessionStore? SessionStore => null;

    /// <summary>
    /// Whether clients recover by <see cref="SessionStore"/>: it is there, and <see cref="SocketIOOptions.ConnectionStateRecovery"/> is
    /// set. Then events, joins, leaves and disconnects of this server itself are done here when the bus has given them their place among
    /// those of all servers: the adapter hands them back by <see cref="Apply"/>, each once, in the order of the bus.
    /// </summary>
    protected bool IsSequenced => Shared is not null;

    internal static bool IsApplying => _isApplying;

    internal ISharedSessions? Shared => Namespace.Sessions as ISharedSessions;

    /// <summary>Completes when all that this thread has published before was handed back by <see cref="Apply"/>.</summary>
    protected internal virtual ValueTask FlushAsync() => ValueTask.CompletedTask;

    /// <summary>Does what a message of this server asks for, where <see cref="IsSequenced"/>. Never throws.</summary>
    /// <param name="message">What <see cref="PublishAsync"/> was given.</param>
    /// <param name="offset">Its place; null if the bus has not taken it, or nobody knows whether it has.</param>
    protected void Apply(ClusterMessage message, EventOffset? offset)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!_isStopped) Handle(message, offset);
    }

    /// <summary>All messages of the bus up to an offset were handed over, for this namespace or others.</summary>
    protected void Advance(EventOffset offset) => Shared?.Advance(offset);

    private void Handle(ClusterMessage message, EventOffset? offset)
    {
        var wasApplying = _isApplying;
        _isApplying = true;
        try
        {
            if (Shared is { } shared && message is ClusterBroadcast { RequestId: null } broadcast)
                shared.Deliver(broadcast.Event, broadcast.Options with { Local = true }, offset);
            else _receiver.Handle(message);
        }
        catch (FormatException exception)
        {
            _reports.Drop(ClusterDropReason.Malformed, exception.Message);
        }
        catch (Exception exception)
        {
            _reports.FailToHandle(exception);
        }
        finally
        {
            _isApplying = wasApplying;
        }
    }

    /// <summary>What is not sent is done here at least.</summary>
    private void OnDropped(ClusterMessage message)
    {
        if (IsSequenced && message is ClusterBroadcast { RequestId: null } or ClusterJoin or ClusterLeave or ClusterDisconnect)
            Apply(message, offset: null);
    }

    /// <summary>Has all servers do something, this one included.</summary>
    private async ValueTask DoAsync(ClusterMessage message, bool isLocal, Func<ValueTask> doHere)
    {
        if (Shared is not null && !isLocal)
        {
            await SendAsync(message);
            if (!_isApplying) await FlushAsync();
            return;
        }

        var sending = isLocal ? default : SendAsync(message);
        await doHere();
        await sending;
    }
}
