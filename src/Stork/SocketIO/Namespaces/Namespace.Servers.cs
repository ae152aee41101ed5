using Stork.SocketIO.Clustering;
using Stork.Wire;

namespace Stork;

// Events between servers, and what comes from other servers for the sockets of this one.
public partial class Namespace
{
    internal ServerEvents ServerEvents => field ?? Interlocked.CompareExchange(ref field, new ServerEvents(this), null) ?? field;

    /// <summary>Sends an event to the other servers (not to this one, nor to any client), as <c>serverSideEmit</c> does. With the default
    /// adapter there are none: nothing happens, except for a warning in the log.</summary>
    /// <param name="name">The event's name; not <c>connect</c>, <c>connection</c> or <c>new_namespace</c>.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <returns>Completes when the bus has taken the event.</returns>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public ValueTask ServerSideEmitAsync(string name, params object?[] arguments) =>
        RequireAdapter().ServerSideEmitAsync(EventSerializer.ForServers(Server.Serializer, name, arguments));

    /// <summary>Sends an event to the other servers and waits until each has answered; see
    /// <see cref="OnServerSide{TReply}(string, Func{EventArguments, Task{TReply}})"/>.</summary>
    /// <typeparam name="TReply">Type of the answers; one that does not fit is the type's default.</typeparam>
    /// <param name="name">The event's name; not <c>connect</c>, <c>connection</c> or <c>new_namespace</c>.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <returns>One answer for each other server, in the order they came; empty at once if there are none.</returns>
    /// <exception cref="AcknowledgementTimeoutException">A server did not answer within the adapter's limit, or went away; it carries the
    /// answers that came, and names the servers.</exception>
    /// <example><code>IReadOnlyList&lt;int&gt; counts = await io.ServerSideEmitWithAckAsync&lt;int&gt;("count");</code></example>
    public Task<IReadOnlyList<TReply?>> ServerSideEmitWithAckAsync<TReply>(string name, params object?[] arguments) =>
        ServerSideEmitWithAckAsync<TReply>(name, arguments, timeout: null, CancellationToken.None);

    /// <inheritdoc cref="ServerSideEmitWithAckAsync{TReply}(string, object?[])"/>
    /// <param name="name">The event's name; not <c>connect</c>, <c>connection</c> or <c>new_namespace</c>.</param>
    /// <param name="arguments">All arguments: an <c>object[]</c>, or <c>[first, second]</c>. Every other array is one argument.</param>
    /// <param name="timeout">How long to wait; null for the adapter's limit.</param>
    /// <param name="cancellationToken">Gives up the answers; the event has been sent.</param>
    public async Task<IReadOnlyList<TReply?>> ServerSideEmitWithAckAsync<TReply>(
        string name, object?[] arguments, TimeSpan? timeout, CancellationToken cancellationToken = default)
    {
        var @event = EventSerializer.ForServers(Server.Serializer, name, arguments);
        var answers = await RequireAdapter().ServerSideEmitWithAckAsync(@event, timeout, cancellationToken);
        var replies = answers.Values.Select(value => EventArguments.FromValue(value, Server.Serializer).ReadReply<TReply>()).ToArray();
        if (answers.MissingServerCount == 0) return replies;
        throw new AcknowledgementTimeoutException(
            timeout, [.. replies.Cast<object?>()], answers.MissingServers, answers.MissingServerCount);
    }

    /// <summary>Handles an event that another server has sent with <c>serverSideEmit</c>. An answer that is asked for is null.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">Runs on the thread that brings the messages of other servers: it must not block.</param>
    public Namespace OnServerSide(string name, Action<EventArguments> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return AddServerHandler(name, arguments =>
        {
            handler(arguments);
            return Task.FromResult(JsonPayload.Null);
        });
    }

    /// <inheritdoc cref="OnServerSide(string, Action{EventArguments})"/>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">Runs on the thread that brings the messages of other servers until it waits for the first time: it must not
    /// block. An answer is given when it is done; none if it fails.</param>
    public Namespace OnServerSide(string name, Func<EventArguments, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return AddServerHandler(name, async arguments =>
        {
            await handler(arguments);
            return JsonPayload.Null;
        });
    }

    /// <summary>Handles an event that another server has sent with <c>serverSideEmit</c>, and answers.</summary>
    /// <typeparam name="TReply">Type of the answer.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">Gives the answer. Runs on the thread that brings the messages of other servers until it waits for the first
    /// time: it must not block. If it fails, which is logged, the other server gets no answer. Of several handlers the first one that is
    /// done answers.</param>
    /// <example><code>io.OnServerSide("count", _ =&gt; Task.FromResult(io.ConnectionCount));</code></example>
    public Namespace OnServerSide<TReply>(string name, Func<EventArguments, Task<TReply>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return AddServerHandler(name, async arguments => ServerEvents.Serialize(await handler(arguments)));
    }

    /// <summary>Sends an event of another server to the sockets meant.</summary>
    /// <exception cref="FormatException">Clients could not take it.</exception>
    internal ValueTask Deliver(JsonPayload @event, BroadcastOptions options)
    {
        var packet = Rebuild(@event);
        try
        {
            return Broadcast(packet, options);
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>A builder with the event of another server, as if it had just been serialized. The caller finishes and releases
    /// it.</summary>
    /// <exception cref="FormatException">Clients could not take it.</exception>
    internal PacketBuilder Rebuild(JsonPayload @event)
    {
        @event.CheckEvent(Server.Engine.Limits, Server.Serializer.MaxAttachments);
        var packet = PacketBuilder.Start(MaxNameLength, Server.Serializer.Options);
        packet.WriteRaw(@event.Json.Span);
        foreach (var attachment in @event.Attachments) packet.AddAttachment(attachment.Span);
        return packet;
    }

    /// <summary>Sends an event that clients of this server may recover, and publishes it without the offset, which only this server
    /// knows.</summary>
    private ValueTask BroadcastRecoverably(PacketBuilder packet, BroadcastOptions options)
    {
        // Asked for in any case: an adapter that is still being made is not waited for under the log's lock.
        if (RequireAdapter() is not ClusterAdapter { Shared: null } cluster || options.Local)
            return Sessions.Broadcast(this, packet, options, Flags(options));
        // The builder may bear the offset of another namespace, and is its caller's again when this returns.
        packet.SetTrailer([]);
        var published = JsonPayload.From(packet);
        // The log's lock is held while it sends: no bus is called under it.
        var sending = Sessions.Broadcast(this, packet, options with { Local = true }, Flags(options));
        return sending.IsCompletedSuccessfully
            ? cluster.PublishEventAsync(published, options)
            : new ValueTask(Task.WhenAll(sending.AsTask(), cluster.PublishEventAsync(published, options).AsTask()));
    }

    private Namespace AddServerHandler(string name, ServerEvents.Handler handler)
    {
        EventSerializer.CheckServerEventName(name);
        ServerEvents.Add(name, handler);
        return this;
    }
}
