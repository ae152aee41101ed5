using System.Diagnostics;
using StackExchange.Redis;
using Stork.Redis.Emitting;

namespace Stork.Redis;

/// <summary>Sockets of all servers: those of a namespace, or part of them, chosen with <see cref="To"/>, <see cref="Except"/> and the other
/// operators. These return new objects and change nothing. For all threads; what one thread emits stays in its order.</summary>
/// <remarks>
/// A task that has completed says that Redis has taken the message; which server heard it, and which client got it, nobody says. It throws
/// <see cref="RedisException"/> if Redis did not take it, <see cref="TimeoutException"/> if Redis did not answer (it may have taken it),
/// <see cref="InvalidOperationException"/> if more messages than <see cref="RedisEmitterOptions.MaxPendingMessages"/> are on their way, and
/// <see cref="ObjectDisposedException"/> if the connection has been closed.
/// </remarks>
[DebuggerDisplay("{Namespace.Name}")]
public abstract class RedisBroadcastTarget
{
    private readonly BroadcastOptions _options;

    private protected RedisBroadcastTarget(EmitterNamespace nsp, BroadcastOptions options)
    {
        Namespace = nsp;
        _options = options;
    }

    /// <summary>Does not wait for connections that are not ready: they miss the event.</summary>
    public RedisBroadcastOperator Volatile => With(_options with { Volatile = true });

    private protected EmitterNamespace Namespace { get; }

    /// <summary>Only sockets in at least one of the rooms (of this and earlier calls); a socket in several gets the event once. The id of a
    /// socket is a room as well.</summary>
    public RedisBroadcastOperator To(params ReadOnlySpan<string> rooms) => With(_options with { Rooms = Add(_options.Rooms, rooms) });

    /// <summary>The same as <see cref="To"/>.</summary>
    public RedisBroadcastOperator In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <summary>Not the sockets in any of the rooms.</summary>
    public RedisBroadcastOperator Except(params ReadOnlySpan<string> rooms) =>
        With(_options with { Except = Add(_options.Except, rooms) });

    /// <summary>Whether polling answers and WebSocket messages with the event may be compressed; they may by default.</summary>
    public RedisBroadcastOperator Compress(bool compress) => With(_options with { Compress = compress });

    /// <summary>Sends an event to the sockets meant.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments, serialized at the call as those of servers are: <c>byte[]</c>, <c>Memory&lt;byte&gt;</c> and
    /// <c>ReadOnlyMemory&lt;byte&gt;</c> travel as binary data. An <c>object[]</c> is the list of arguments; every other array is one
    /// argument.</param>
    /// <returns>Completes when Redis has taken the event.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or clients could not take the event.</exception>
    public ValueTask EmitAsync(string name, params object?[] arguments) => Namespace.EmitAsync(_options, name, arguments);

    /// <summary>Makes the sockets meant join rooms.</summary>
    /// <returns>Completes when Redis has taken the request.</returns>
    public ValueTask SocketsJoinAsync(params ReadOnlySpan<string> rooms) =>
        Namespace.SendAsync(new ClusterJoin { Options = _options, Rooms = Add([], rooms) });

    /// <summary>Makes the sockets meant leave rooms.</summary>
    /// <returns>Completes when Redis has taken the request.</returns>
    public ValueTask SocketsLeaveAsync(params ReadOnlySpan<string> rooms) =>
        Namespace.SendAsync(new ClusterLeave { Options = _options, Rooms = Add([], rooms) });

    /// <summary>Disconnects the sockets meant.</summary>
    /// <param name="close">Also close their connections, and with them their sockets in other namespaces.</param>
    /// <returns>Completes when Redis has taken the request.</returns>
    public ValueTask DisconnectSocketsAsync(bool close = false) =>
        Namespace.SendAsync(new ClusterDisconnect { Options = _options, Close = close });

    /// <summary>Each room once: an event for exactly one goes where only the servers with that room hear it.</summary>
    private static string[] Add(IReadOnlyList<string> before, ReadOnlySpan<string> rooms)
    {
        foreach (var room in rooms) ArgumentNullException.ThrowIfNull(room, nameof(rooms));
        string[] all = [.. before, .. rooms];
        return [.. all.Distinct(StringComparer.Ordinal)];
    }

    private RedisBroadcastOperator With(BroadcastOptions options) => new(Namespace, options);
}
