using Stork.SocketIO.Events;
using Stork.Wire;

namespace Stork;

/// <summary>
/// Anything events can be sent to: one socket, a namespace, some rooms. A completed <c>EmitAsync</c> means that the event stands in the
/// output of every connection concerned, in the order of the calls, and is on its way to the bus where there are other servers; it is no
/// receipt.
/// </summary>
/// <remarks>
/// Arguments are serialized at the call, as JSON by System.Text.Json; <c>byte[]</c>, <c>Memory&lt;byte&gt;</c> and
/// <c>ReadOnlyMemory&lt;byte&gt;</c> at any depth travel as binary attachments, at most 10 a packet
/// (<see cref="SocketIOOptions.MaxAttachments"/>): with more, which official clients answer by ending the connection,
/// <see cref="ArgumentException"/> is thrown and nothing sent. The names connect, connect_error, disconnect, disconnecting, newListener and
/// removeListener are reserved and throw <see cref="ArgumentException"/>.
/// </remarks>
public abstract class Emitter
{
    private protected Emitter()
    {
    }

    private protected abstract SocketIOServer Owner { get; }

    /// <summary>The longest namespace name the packet may be addressed to, in bytes.</summary>
    private protected abstract int NamespaceLength { get; }

    /// <summary>Sends an event without arguments.</summary>
    /// <param name="name">The event's name.</param>
    public ValueTask EmitAsync(string name) => Emit(name, default(NoArguments));

    /// <summary>Sends an event with one argument.</summary>
    /// <inheritdoc cref="EmitAsync(string)"/>
    public ValueTask EmitAsync<T>(string name, T argument) => Emit(name, new Arguments<T>(argument));

    /// <summary>Sends an event with two arguments.</summary>
    /// <inheritdoc cref="EmitAsync(string)"/>
    public ValueTask EmitAsync<T1, T2>(string name, T1 first, T2 second) => Emit(name, new Arguments<T1, T2>(first, second));

    /// <summary>Sends an event with three arguments.</summary>
    /// <inheritdoc cref="EmitAsync(string)"/>
    public ValueTask EmitAsync<T1, T2, T3>(string name, T1 first, T2 second, T3 third) =>
        Emit(name, new Arguments<T1, T2, T3>(first, second, third));

    /// <summary>Sends an event with any number of arguments. An <c>object[]</c> is the list of arguments; every other array is one
    /// argument.</summary>
    /// <inheritdoc cref="EmitAsync(string)"/>
    public ValueTask EmitAsync(string name, params object?[] arguments) => Emit(name, new ArgumentList(arguments));

    /// <summary>Sends received arguments on, unchanged and without parsing them.</summary>
    /// <inheritdoc cref="EmitAsync(string)"/>
    public ValueTask EmitAsync(string name, EventArguments arguments) => Emit(name, new ReceivedArguments(arguments));

    /// <summary>Sends the event "message" with the given arguments, as <c>send</c> of the JavaScript API does. An <c>object[]</c> is the
    /// list of arguments; every other array is one argument.</summary>
    public ValueTask SendAsync(params object?[] arguments) => Emit("message", new ArgumentList(arguments));

    /// <summary>Hands the packet, whose arguments are complete, to whom it concerns.</summary>
    private protected abstract ValueTask Deliver(PacketBuilder packet, string name);

    private ValueTask Emit<TArguments>(string name, TArguments arguments)
        where TArguments : struct, IEventArguments
    {
        var packet = BuildEvent(name, arguments);
        try
        {
            return Deliver(packet, name);
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>Sends an event to the sockets that the options mean, and collects their answers.</summary>
    private protected Task<IReadOnlyList<TReply?>> Ask<TReply>(
        Namespace nsp, BroadcastOptions options, TimeSpan timeout, bool isForOne, string name, object?[] arguments)
    {
        var packet = BuildEvent(name, new ArgumentList(arguments));
        try
        {
            return nsp.BroadcastWithAck<TReply>(packet, options, timeout, isForOne);
        }
        finally
        {
            packet.Release();
        }
    }

    private protected PacketBuilder BuildEvent<TArguments>(string name, TArguments arguments)
        where TArguments : struct, IEventArguments
    {
        CheckName(name);
        return BuildArray(name, arguments);
    }

    internal static void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (ReservedEvents.Contains(name)) throw new ArgumentException($"\"{name}\" is a reserved event name.", nameof(name));
    }

    /// <summary>Writes <c>[name, arguments…]</c>, without a name for acknowledgements. The caller finishes and releases the
    /// builder.</summary>
    private protected PacketBuilder BuildArray<TArguments>(string? name, TArguments arguments)
        where TArguments : IEventArguments => BuildArray(Owner.Serializer, NamespaceLength, name, arguments);

    /// <exception cref="ArgumentException">Clients could not take it.</exception>
    internal static PacketBuilder BuildArray<TArguments>(
        ArgumentSerializer serializer, int namespaceLength, string? name, TArguments arguments)
        where TArguments : IEventArguments
    {
        var packet = PacketBuilder.Start(namespaceLength, serializer.Options);
        try
        {
            packet.Json.WriteStartArray();
            if (name is not null) packet.Json.WriteStringValue(name);
            arguments.WriteTo(packet, serializer);
            packet.Json.WriteEndArray();
            if (ClientLimits.FindFault(packet, serializer.MaxAttachments) is { } fault) throw new UndeliverableException(fault);
            return packet;
        }
        catch
        {
            packet.Release();
            throw;
        }
    }
}
