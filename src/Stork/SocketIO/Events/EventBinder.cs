using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Stork.Protocol.SocketIO;
using Stork.Wire;

namespace Stork.SocketIO.Events;

/// <summary>
/// Reads the arguments of one event, one after the other, as the types a handler's parameters have, and turns the handler's result into the
/// acknowledgement. Lives on the stack of the receiving thread, over the received bytes.
/// </summary>
/// <remarks>
/// Parameters of these types take no argument from the client: <see cref="Socket"/>, <see cref="SocketEvent"/>,
/// <see cref="EventArguments"/>, <see cref="Acknowledgement"/>, <see cref="CancellationToken"/> and <see cref="IServiceProvider"/> (a scope
/// of its own for the event); nor do those that the plan says are services, which come from that scope.
/// </remarks>
internal ref struct EventBinder
{
    private readonly Socket _socket;
    private readonly Packet _packet;
    private readonly HandlerPlan _plan;
    private readonly bool _isAlone;
    private JsonArrayCursor _arguments;
    private Acknowledgement? _acknowledgement;
    private AsyncServiceScope? _scope;
    private bool _isLeftToHandler;
    private bool _isStarted;
    private int _position;

    // A bit for each attachment whose array is the handler's own already.
    private uint _handedOver;

    public EventBinder(Socket socket, in Packet packet, HandlerPlan plan, Acknowledgement? shared)
    {
        _socket = socket;
        _packet = packet;
        _plan = plan;
        _acknowledgement = shared;
        // Handlers that share an acknowledgement share the event.
        _isAlone = shared is null;
    }

    /// <summary>The acknowledgement as an object, if one was needed so far.</summary>
    public readonly Acknowledgement? Acknowledgement => _acknowledgement;

    /// <summary>Whether parameters of this type take no argument, wherever they stand.</summary>
    public static bool IsSpecial(Type type) =>
        type == typeof(Socket) || type == typeof(CancellationToken) || type == typeof(Acknowledgement) || type == typeof(EventArguments)
        || type == typeof(SocketEvent) || type == typeof(IServiceProvider);

    /// <summary>The next parameter's value.</summary>
    /// <exception cref="InvalidArgumentsException">The argument does not fit the type.</exception>
    public T Get<T>()
    {
        var position = _position++;
        // Each comparison is a constant for the compiled method, so that only one branch remains of it.
        if (typeof(T) == typeof(Socket)) return (T)(object)_socket;
        if (typeof(T) == typeof(CancellationToken))
        {
            var token = _socket.Disconnected;
            return Unsafe.As<CancellationToken, T>(ref token);
        }

        if (typeof(T) == typeof(Acknowledgement))
        {
            _isLeftToHandler = true;
            return (T)(object)(_acknowledgement ??= new Acknowledgement(_socket, _packet.AckId));
        }

        if (typeof(T) == typeof(EventArguments)) return (T)(object)EventArguments.Copy(_packet, _socket.Server.Serializer);
        if (typeof(T) == typeof(SocketEvent))
        {
            _isLeftToHandler = true;
            _acknowledgement ??= new Acknowledgement(_socket, _packet.AckId);
            return (T)(object)SocketEvent.Copy(_socket, _packet, _acknowledgement);
        }

        if (typeof(T) == typeof(IServiceProvider)) return (T)Services;
        if (!typeof(T).IsValueType && _plan.IsService(position)) return GetService<T>(_plan.KeyOf(position));
        try
        {
            return ReadNext<T>(position)!;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidArgumentsException(exception);
        }
    }

    public readonly ValueTask Complete()
    {
        var acknowledgement = AcknowledgeAsync(default(NoArguments));
        return _scope is { } scope ? FinishAsync(acknowledgement, scope) : acknowledgement;
    }

    public readonly ValueTask Complete<TResult>(TResult result)
    {
        var acknowledgement = AcknowledgeAsync(new Arguments<TResult>(result));
        return _scope is { } scope ? FinishAsync(acknowledgement, scope) : acknowledgement;
    }

    public readonly ValueTask Complete(Task running) =>
        running.IsCompletedSuccessfully ? Complete() : new Pending(this).AwaitAsync(new ValueTask(running));

    public readonly ValueTask Complete(ValueTask running) =>
        running.IsCompletedSuccessfully ? Complete() : new Pending(this).AwaitAsync(running);

    public readonly ValueTask Complete<TResult>(Task<TResult> running) =>
        running.IsCompletedSuccessfully ? Complete(running.Result) : new Pending(this).AwaitAsync(new ValueTask<TResult>(running));

    public readonly ValueTask Complete<TResult>(ValueTask<TResult> running) =>
        running.IsCompletedSuccessfully ? Complete(running.Result) : new Pending(this).AwaitAsync(running);

    /// <summary>Gives back what binding took; for handlers that failed before they returned anything.</summary>
    public readonly ValueTask AbandonAsync() => _scope is { } scope ? FinishAsync(ValueTask.CompletedTask, scope) : ValueTask.CompletedTask;

    private static async ValueTask FinishAsync(ValueTask acknowledgement, AsyncServiceScope scope)
    {
        await using (scope) await acknowledgement;
    }

    private readonly ValueTask AcknowledgeAsync<TArguments>(TArguments arguments)
        where TArguments : IEventArguments
    {
        if (_packet.AckId < 0 || _isLeftToHandler) return ValueTask.CompletedTask;
        return _acknowledgement is null ? _socket.Output.SendAck(_packet.AckId, arguments) : _acknowledgement.Send(arguments);
    }

    private IServiceProvider Services => (_scope ??= _socket.Server.Services.CreateAsyncScope()).ServiceProvider;

    private T GetService<T>(object? key) =>
        (T)(key is null ? Services.GetRequiredService(typeof(T)) : Services.GetRequiredKeyedService(typeof(T), key));

    private T? ReadNext<T>(int position)
    {
        if (!_isStarted)
        {
            _isStarted = true;
            _arguments = new JsonArrayCursor(LoneSurrogates.Mend(_packet.Payload.Span));
            // The name.
            _arguments.MoveNext();
        }

        var isThere = _arguments.MoveNext();
        // A missing argument is JavaScript's undefined, and null is null: fine wherever the type has room for it.
        if (default(T) is null && (!isThere || _arguments.Current is [(byte)'n', ..]))
        {
            if (!_plan.IsRequired(position)) return default;
            throw new JsonException($"A value of type {typeof(T).Name} is {(isThere ? "null" : "missing")}.");
        }

        // Most arguments are texts without escapes, and all that was received is known to be JSON in UTF-8.
        if (typeof(T) == typeof(string) && _arguments.Current is [(byte)'"', .. var text, _] && text.IndexOf((byte)'\\') < 0)
            return (T)(object)Encoding.UTF8.GetString(text);
        if (typeof(T) == typeof(byte[]) && TryHandOver(out var bytes)) return (T)(object)bytes;
        if (isThere) return _socket.Server.Serializer.ReadIncoming<T>(_arguments.Current, _packet.Attachments);
        return typeof(T) == typeof(JsonElement) ? default : throw new JsonException($"A value of type {typeof(T).Name} is missing.");
    }

    /// <summary>
    /// Gives a handler the array that an attachment was received into, instead of a copy, if nobody else reads the event and no other of
    /// its arguments is the same attachment.
    /// </summary>
    private bool TryHandOver([NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (!_isAlone || !_socket.Server.Serializer.AreBytesAttachments || !Placeholder.TryRead(_arguments.Current, out var number)
            || number >= _packet.Attachments.Length || (_handedOver >> number & 1) != 0
            || !MemoryMarshal.TryGetArray(_packet.Attachments[number], out var array) || array.Count != array.Array!.Length)
        {
            return false;
        }

        _handedOver |= 1u << number;
        bytes = array.Array;
        return true;
    }

    /// <summary>What is left of an event once its handler awaits: no bytes, only whom to answer.</summary>
    private readonly struct Pending(in EventBinder binder)
    {
        private readonly Socket _socket = binder._socket;
        private readonly long _ackId = binder._isLeftToHandler ? -1 : binder._packet.AckId;
        private readonly Acknowledgement? _acknowledgement = binder._acknowledgement;
        private readonly AsyncServiceScope? _scope = binder._scope;

        public async ValueTask AwaitAsync(ValueTask running)
        {
            try
            {
                await running;
                await AcknowledgeAsync(default(NoArguments));
            }
            finally
            {
                if (_scope is { } scope) await scope.DisposeAsync();
            }
        }

        public async ValueTask AwaitAsync<TResult>(ValueTask<TResult> running)
        {
            try
            {
                await AcknowledgeAsync(new Arguments<TResult>(await running));
            }
            finally
            {
                if (_scope is { } scope) await scope.DisposeAsync();
            }
        }

        private ValueTask AcknowledgeAsync<TArguments>(TArguments arguments)
            where TArguments : IEventArguments
        {
            if (_ackId < 0) return ValueTask.CompletedTask;
            return _acknowledgement is null ? _socket.Output.SendAck(_ackId, arguments) : _acknowledgement.Send(arguments);
        }
    }
}
