using System.Text.Json;
using Stork.Wire;

namespace Stork;

/// <summary>Makes events as <c>EmitAsync</c> of a server makes them, where there is no server: in a process that only emits, over a bus
/// that servers listen to.</summary>
/// <example><code>JsonPayload @event = new EventSerializer().Serialize("order shipped", order, photo);</code></example>
public sealed class EventSerializer
{
    private readonly ArgumentSerializer _serializer;

    /// <summary>Creates one; it is immutable, and for all threads.</summary>
    /// <param name="options">How arguments become JSON; null for the defaults of servers. Binary data (<c>byte[]</c>,
    /// <c>Memory&lt;byte&gt;</c>, <c>ReadOnlyMemory&lt;byte&gt;</c>) become attachments in any case.</param>
    /// <param name="maxDepth">How deep the JSON may be. Default 64, as servers take it by default; 1 to 1,000.</param>
    /// <param name="maxAttachments">Binary values of one event. Default 10, which is what clients take; 0 to 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    public EventSerializer(JsonSerializerOptions? options = null, int maxDepth = 64, int maxAttachments = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDepth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDepth, ProtocolLimits.LargestJsonDepth);
        ArgumentOutOfRangeException.ThrowIfNegative(maxAttachments);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxAttachments, ProtocolLimits.LargestAttachments);
        _serializer = new ArgumentSerializer(options, maxDepth, maxAttachments);
    }

    /// <summary>Makes an event for clients.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <exception cref="ArgumentException">The name is reserved, or clients could not take the event.</exception>
    /// <exception cref="JsonException">An argument is too deep, or cannot become JSON.</exception>
    public JsonPayload Serialize(string name, params object?[] arguments)
    {
        Emitter.CheckName(name);
        var packet = Emitter.BuildArray(_serializer, namespaceLength: 0, name, new ArgumentList(arguments));
        try
        {
            return JsonPayload.From(packet);
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>Makes an event for servers, as <c>ServerSideEmitAsync</c> does.</summary>
    /// <param name="name">The event's name; not <c>connect</c>, <c>connection</c> or <c>new_namespace</c>.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    /// <exception cref="JsonException">An argument is too deep, or cannot become JSON.</exception>
    public JsonPayload SerializeForServers(string name, params object?[] arguments) => ForServers(_serializer, name, arguments);

    internal static JsonPayload ForServers(ArgumentSerializer serializer, string name, object?[] arguments)
    {
        CheckServerEventName(name);
        var packet = PacketBuilder.Start(0, serializer.Options);
        try
        {
            packet.Json.WriteStartArray();
            packet.Json.WriteStringValue(name);
            new ArgumentList(arguments).WriteTo(packet, serializer);
            packet.Json.WriteEndArray();
            return JsonPayload.From(packet);
        }
        finally
        {
            packet.Release();
        }
    }

    internal static void CheckServerEventName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name is "connect" or "connection" or "new_namespace")
            throw new ArgumentException($"\"{name}\" is a reserved event name.", nameof(name));
    }
}
