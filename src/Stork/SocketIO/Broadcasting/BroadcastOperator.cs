using Stork.Wire;

namespace Stork;

/// <summary>Some sockets of a namespace, chosen by rooms and flags. Immutable, cheap, and may be kept.</summary>
public sealed class BroadcastOperator : BroadcastTarget
{
    private readonly Namespace _namespace;
    private readonly BroadcastOptions _options;

    internal BroadcastOperator(Namespace nsp, BroadcastOptions options)
    {
        _namespace = nsp;
        _options = options;
    }

    private protected override SocketIOServer Owner => _namespace.Server;

    private protected override int NamespaceLength => _namespace.MaxNameLength;

    private protected override BroadcastOptions Selection => _options;

    /// <summary>Sends an event and waits until every socket meant has answered.</summary>
    /// <typeparam name="TReply">Type of the first argument of each answer.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <returns>The answers, in the order they came; empty at once if no socket is meant.</returns>
    /// <exception cref="AcknowledgementTimeoutException">Not all answered in time, or a server went away that owed answers; it carries the
    /// answers that came, and names the servers.</exception>
    /// <exception cref="InvalidOperationException">No <see cref="BroadcastTarget.Timeout"/> was given: among many clients one is always
    /// away.</exception>
    public Task<IReadOnlyList<TReply?>> EmitWithAckAsync<TReply>(string name, params object?[] arguments)
    {
        if (_options.Timeout is not { } timeout)
            throw new InvalidOperationException("Give the broadcast a limit first: Timeout(…).EmitWithAckAsync(…).");
        return Ask<TReply>(_namespace, _options, timeout, isForOne: false, name, arguments);
    }

    internal ValueTask<RemoteSocketList> FetchSocketsCore(CancellationToken cancellationToken) =>
        _namespace.RequireAdapter().FetchSocketsAsync(_options, cancellationToken);

    internal ValueTask JoinCore(IReadOnlyList<string> rooms) => _namespace.RequireAdapter().AddSocketsAsync(_options, rooms);

    internal ValueTask LeaveCore(IReadOnlyList<string> rooms) => _namespace.RequireAdapter().RemoveSocketsAsync(_options, rooms);

    internal ValueTask DisconnectCore(bool close) => _namespace.RequireAdapter().DisconnectSocketsAsync(_options, close);

    private protected override ValueTask Deliver(PacketBuilder packet, string name) => _namespace.Broadcast(packet, _options);

    private protected override BroadcastOperator With(BroadcastOptions options) => new(_namespace, options);
}
