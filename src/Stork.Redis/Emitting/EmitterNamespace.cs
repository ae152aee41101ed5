namespace Stork.Redis.Emitting;

/// <summary>What a process that only emits says in one namespace.</summary>
internal sealed class EmitterNamespace(EmitterBus bus, string nsp)
{
    private readonly IEmitterTransport _transport = bus.CreateTransport(nsp);

    public string Name => nsp;

    /// <summary>Sends an event to sockets.</summary>
    public ValueTask EmitAsync(BroadcastOptions options, string name, object?[] arguments) =>
        SendAsync(new ClusterBroadcast { Options = options, Event = bus.Serializer.Serialize(name, arguments) });

    /// <summary>Sends an event to servers.</summary>
    public ValueTask EmitToServersAsync(string name, object?[] arguments) =>
        SendAsync(new ClusterServerEvent { Event = bus.Serializer.SerializeForServers(name, arguments) });

    /// <summary>Sends any message that needs no answer.</summary>
    public ValueTask SendAsync(ClusterMessage message) =>
        bus.SendAsync(_transport, message with { ServerId = ClusterMessage.EmitterId });
}
