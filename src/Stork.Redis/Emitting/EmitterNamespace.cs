using Stork.Redis.PubSub;

namespace Stork.Redis.Emitting;

/// <summary>What a process that only emits says in one namespace, in the format of <c>@socket.io/redis-emitter</c>.</summary>
internal sealed class EmitterNamespace(EmitterBus bus, string nsp)
{
    /// <summary>As deep as servers take JSON by default.</summary>
    private const int MaxDepth = 64;

    private readonly PubSubChannels _channels = new(bus.KeyPrefix, nsp, ClusterMessage.EmitterId);
    private readonly BroadcastFormat _broadcasts = new(nsp, MaxDepth, maxSize: 0);
    private readonly RequestFormat _requests = new(MaxDepth);

    public string Name => nsp;

    /// <summary>Sends an event to sockets.</summary>
    public ValueTask EmitAsync(BroadcastOptions options, string name, object?[] arguments)
    {
        var message = new ClusterBroadcast
        {
            ServerId = ClusterMessage.EmitterId,
            Options = options,
            Event = bus.Serializer.Serialize(name, arguments),
        };
        return bus.PublishAsync(_channels.For(options.Rooms), _broadcasts.Write(message));
    }

    /// <summary>Asks servers for what needs no answer.</summary>
    public ValueTask RequestAsync(ClusterMessage request) => bus.PublishAsync(_channels.Request, _requests.Write(request));

    /// <summary>Sends an event to servers.</summary>
    public ValueTask EmitToServersAsync(string name, object?[] arguments) => RequestAsync(new ClusterServerEvent
    {
        ServerId = ClusterMessage.EmitterId,
        Event = bus.Serializer.SerializeForServers(name, arguments),
    });
}
