using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Stork.Events;

/// <summary>
/// Reads the arguments of one event, one after the other, as the types a handler's parameters have, and turns the handler's result into the
/// acknowledgement. Lives on the stack of the receiving thread, over the received bytes.
/// </summary>
/// <remarks>
/// Parameters of these types take no argument from the client: <see cref="Socket"/>, <see cref="SocketEvent"/>, <see cref="EventArguments"/>,
/// <see cref="Acknowledgement"/>, <see cref="CancellationToken"/> and <see cref="IServiceProvider"/> (a scope of its own for the event).
/// </remarks>
internal ref struct EventBinder
{
    private readonly Socket _socket;
    private readonly Packet _packet;
    private Utf8JsonReader _reader;
    private Acknowledgement? _acknowledgement;
    private AsyncServiceScope? _scope;
    private bool _isLeftToHandler;
    private bool _isStarted;
    private bool _isAtEnd;

    public EventBinder(Socket socket, in Packet packet, Acknowledgement? shared)
    {
        _socket = socket;
        _packet = packet;
        _acknowledgement = shared;
    }

    /// <summary>The acknowledgement as an object, if one was needed so far.</summary>
    public readonly Acknowledgement? Acknowledgement => _acknowledgement;

    /// <summary>The next parameter's value.</summary>
    /// <exception cref="InvalidArgumentsException">The argument does not fit the type.</exception>
    public T Get<T>()
    {
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

        if (typeof(T) == typeof(EventArguments)) return (T)(object)_socket.CopyArguments(_packet);
        if (typeof(T) == typeof(SocketEvent))
        {
            _isLeftToHandler = true;
            _acknowledgement ??= new Acknowledgement(_socket, _packet.AckId);
            return (T)(object)_socket.CopyEvent(_packet, _acknowledgement);
        }

        if (typeof(T) == typeof(IServiceProvider)) return (T)(_scope ??= _socket.CreateEventScope()).ServiceProvider;
        try
        {
            return ReadNext<T>()!;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: a lone surrogate, which JavaScript may send and a .NET string is not made of.
            throw new InvalidArgumentsException(exception);
        }
    }

    public readonly ValueTask Complete()
    {
        var acknowledgement = AcknowledgeAsync(default(Broadcasting.NoArguments));
        return _scope is { } scope ? FinishAsync(acknowledgement, scope) : acknowledgement;
    }

    public readonly ValueTask Complete<TResult>(TResult result)
    {
        var acknowledgement = AcknowledgeAsync(new Broadcasting.Arguments<TResult>(result));
        return _scope is { } scope ? FinishAsync(acknowledgement, scope) : acknowledgement;
    }

    public readonly ValueTask Complete(Task running) => running.IsCompletedSuccessfully ? Complete() : new Pending(this).AwaitAsync(new ValueTask(running));

    public readonly ValueTask Complete(ValueTask running) => running.IsCompletedSuccessfully ? Complete() : new Pending(this).AwaitAsync(running);

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
        where TArguments : Broadcasting.IEventArguments
    {
        if (_packet.AckId < 0 || _isLeftToHandler) return ValueTask.CompletedTask;
        return _acknowledgement is null ? _socket.SendAck(_packet.AckId, arguments) : _acknowledgement.Send(arguments);
    }

    private T? ReadNext<T>()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            _reader = new Utf8JsonReader(_packet.Payload.Span, new JsonReaderOptions { MaxDepth = _socket.Server.Options.MaxJsonDepth });
            _reader.Read();
            _reader.Read();
        }

        _isAtEnd = _isAtEnd || !_reader.Read() || _reader.TokenType == JsonTokenType.EndArray;
        // A missing argument is JavaScript's undefined, and null is null: fine wherever the type has room for it.
        if (default(T) is null && (_isAtEnd || _reader.TokenType == JsonTokenType.Null)) return default;
        if (!_isAtEnd) return _socket.Server.Serializer.Read<T>(ref _reader, _packet.Attachments);
        return typeof(T) == typeof(JsonElement) ? default : throw new JsonException($"A value of type {typeof(T).Name} is missing.");
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
                await AcknowledgeAsync(default(Broadcasting.NoArguments));
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
                await AcknowledgeAsync(new Broadcasting.Arguments<TResult>(await running));
            }
            finally
            {
                if (_scope is { } scope) await scope.DisposeAsync();
            }
        }

        private ValueTask AcknowledgeAsync<TArguments>(TArguments arguments)
            where TArguments : Broadcasting.IEventArguments
        {
            if (_ackId < 0) return ValueTask.CompletedTask;
            return _acknowledgement is null ? _socket.SendAck(_ackId, arguments) : _acknowledgement.Send(arguments);
        }
    }
}
