namespace Stork;

// Events between servers; those of the main namespace.
public sealed partial class SocketIOServer
{
    /// <inheritdoc cref="Namespace.ServerSideEmitAsync(string, object?[])"/>
    public ValueTask ServerSideEmitAsync(string name, params object?[] arguments) => MainNamespace.ServerSideEmitAsync(name, arguments);

    /// <inheritdoc cref="Namespace.ServerSideEmitWithAckAsync{TReply}(string, object?[])"/>
    public Task<IReadOnlyList<TReply?>> ServerSideEmitWithAckAsync<TReply>(string name, params object?[] arguments) =>
        MainNamespace.ServerSideEmitWithAckAsync<TReply>(name, arguments);

    /// <inheritdoc cref="Namespace.ServerSideEmitWithAckAsync{TReply}(string, object?[], TimeSpan?, CancellationToken)"/>
    public Task<IReadOnlyList<TReply?>> ServerSideEmitWithAckAsync<TReply>(
        string name, object?[] arguments, TimeSpan? timeout, CancellationToken cancellationToken = default) =>
        MainNamespace.ServerSideEmitWithAckAsync<TReply>(name, arguments, timeout, cancellationToken);

    /// <inheritdoc cref="Namespace.OnServerSide(string, Action{EventArguments})"/>
    public SocketIOServer OnServerSide(string name, Action<EventArguments> handler)
    {
        MainNamespace.OnServerSide(name, handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnServerSide(string, Func{EventArguments, Task})"/>
    public SocketIOServer OnServerSide(string name, Func<EventArguments, Task> handler)
    {
        MainNamespace.OnServerSide(name, handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnServerSide{TReply}(string, Func{EventArguments, Task{TReply}})"/>
    public SocketIOServer OnServerSide<TReply>(string name, Func<EventArguments, Task<TReply>> handler)
    {
        MainNamespace.OnServerSide(name, handler);
        return this;
    }
}
