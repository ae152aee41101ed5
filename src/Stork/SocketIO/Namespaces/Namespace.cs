using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Stork.SocketIO;
using Stork.SocketIO.Acks;
using Stork.SocketIO.Events;
using Stork.SocketIO.Namespaces;
using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork;

/// <summary>A part of the server with its own sockets, rooms, handlers and middlewares, sharing the clients' connections with the other
/// parts.</summary>
/// <remarks>Handlers and middlewares are registered before clients connect; later ones concern later sockets only.</remarks>
[DebuggerDisplay("{Name,nq}, {_sockets.Count} sockets")]
public partial class Namespace : BroadcastTarget
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Socket> _sockets = new(StringComparer.Ordinal);
    private readonly Lazy<Adapter>? _adapter;
    private Socket[]? _snapshot;
    private Func<Socket, ValueTask>[] _middlewares = [];
    private Func<Socket, Task>[] _connectionHandlers = [];
    private IEventInterceptor[] _interceptors = [];

    internal Namespace(SocketIOServer server, string name, bool hasAdapter = true)
    {
        Server = server;
        Name = name;
        Utf8Name = Encoding.UTF8.GetBytes(name);
        AdapterLifetime = new AdapterLifetime(this);
        Sessions = hasAdapter ? server.Sessions.Attach(name) : NoSessionLog.Instance;
        // Made when the table of namespaces is not locked any more: the factory is the application's.
        if (hasAdapter) _adapter = new Lazy<Adapter>(MakeAdapter);
    }

    /// <summary>The name, with its slash.</summary>
    public string Name { get; }

    /// <summary>The server.</summary>
    public SocketIOServer Server { get; }

    /// <summary>The sockets of this namespace on this server, at the moment of the call.</summary>
    public IReadOnlyList<Socket> Sockets => SocketSnapshot;

    /// <summary>The rooms of this namespace.</summary>
    public Adapter Adapter => RequireAdapter();

    internal byte[] Utf8Name { get; }

    /// <summary>What is remembered of the namespace, for clients that lose their connection.</summary>
    internal INamespaceSessions Sessions { get; private set; }

    internal AdapterLifetime AdapterLifetime { get; }

    internal virtual int MaxNameLength => Utf8Name.Length;

    /// <summary>Connection attempts under way; guarded by the table of namespaces.</summary>
    internal int Joining { get; set; }

    /// <summary>Whether the application has asked for it by name; guarded by the table of namespaces.</summary>
    internal bool IsKept { get; set; }

    /// <summary>Whether it is among those that may make room for others; guarded by the table of namespaces.</summary>
    internal bool IsIdle { get; set; }

    internal ParentNamespace? Parent { get; init; }

    /// <summary>What higher floors keep with this namespace; children of a pattern have their own.</summary>
    internal FeatureSet Features { get; } = new();

    internal bool IsEmpty
    {
        get
        {
            lock (_gate) return _sockets.Count == 0;
        }
    }

    internal Socket[] SocketSnapshot
    {
        get
        {
            lock (_gate) return _snapshot ??= [.. _sockets.Values];
        }
    }

    private protected override SocketIOServer Owner => Server;

    private protected override int NamespaceLength => MaxNameLength;

    private protected override BroadcastOptions Selection => BroadcastOptions.All;

    /// <summary>Finds a socket of this server.</summary>
    public bool TryGetSocket(string id, [MaybeNullWhen(false)] out Socket socket)
    {
        lock (_gate) return _sockets.TryGetValue(id, out socket);
    }

    /// <summary>Runs before a socket is connected, in the order of registration. Returning lets it pass; throwing
    /// <see cref="ConnectErrorException"/> refuses it.</summary>
    public Namespace Use(Func<Socket, ValueTask> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        lock (_gate) _middlewares = [.. _middlewares, middleware];
        return this;
    }

    /// <summary>Runs for each socket once its client has been told that it is connected.</summary>
    /// <param name="handler">Registers the socket's handlers. Events the client sends meanwhile wait until the task is complete, so an
    /// answer that is awaited first (a database, say) loses nothing; do not await anything that lasts as long as the socket.</param>
    public Namespace OnConnection(Func<Socket, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_gate) _connectionHandlers = [.. _connectionHandlers, handler];
        return this;
    }

    /// <inheritdoc cref="OnConnection(Func{Socket, Task})"/>
    public Namespace OnConnection(Action<Socket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnConnection(socket =>
        {
            handler(socket);
            return Task.CompletedTask;
        });
    }

    /// <summary>Makes an object of the type for each socket, with its dependencies from the socket's scope.</summary>
    public Namespace OnConnection<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, ISocketHandler =>
        OnConnection(static socket =>
        {
            var services = socket.Services;
            var registered = services.GetService<THandler>();
            var handler = registered ?? socket.Lifetime.DisposeWithSocket(ActivatorUtilities.CreateInstance<THandler>(services));
            return handler.OnConnectedAsync(socket);
        });

    /// <summary>Has events handled by the interceptor, of which there is one for a name.</summary>
    internal void Intercept(IEventInterceptor interceptor)
    {
        lock (_gate) _interceptors = [.. _interceptors.Where(other => other.Name.Text != interceptor.Name.Text), interceptor];
    }

    internal IEventInterceptor? FindInterceptor(ReadOnlySpan<byte> name)
    {
        foreach (var interceptor in _interceptors)
        {
            if (name.SequenceEqual(interceptor.Name.Utf8)) return interceptor;
        }

        return null;
    }

    internal virtual Adapter RequireAdapter() => _adapter!.Value;

    /// <summary>Sessions are looked at behind this only, as it is asked for the adapter first.</summary>
    private Adapter MakeAdapter()
    {
        var adapter = Server.Options.AdapterFactory?.Invoke(this) ?? new InMemoryAdapter(this);
        if (adapter is ClusterAdapter { SessionStore: { } store } cluster) Sessions = Server.Sessions.Share(this, cluster, store);
        return adapter;
    }

    internal void Add(Socket socket)
    {
        lock (_gate)
        {
            _sockets[socket.Id] = socket;
            _snapshot = null;
        }
    }

    internal void Remove(Socket socket)
    {
        lock (_gate)
        {
            // The end of one whose session was taken over may come late: the id is its successor's by then.
            if (_sockets.TryGetValue(socket.Id, out var current) && current == socket) _sockets.Remove(socket.Id);
            _snapshot = null;
        }

        if (Parent is not null) Server.Namespaces.RemoveIfEmpty(this);
    }

    internal async ValueTask RunMiddlewaresAsync(Socket socket)
    {
        foreach (var middleware in _middlewares) await middleware(socket);
    }

    internal async Task RunConnectionHandlersAsync(Socket socket)
    {
        foreach (var handler in _connectionHandlers)
        {
            try
            {
                await handler(socket);
            }
            catch (Exception exception) when (socket.IsGone && exception is OperationCanceledException or SocketDisconnectedException)
            {
                // It heeded the token of the disconnect, or waited for an answer that will not come.
            }
            catch (Exception exception)
            {
                Log.ConnectionHandlerFailed(Server.Logger, exception, Name, socket.Id);
            }
        }
    }

    // Without sessions, as by default, nothing stands between the packet and the adapter.
    internal virtual ValueTask Broadcast(PacketBuilder packet, BroadcastOptions options) => Sessions is NoSessionLog
        ? Sessions.Broadcast(this, packet, options, Flags(options))
        : BroadcastRecoverably(packet, options);

    internal virtual Task<IReadOnlyList<TReply?>> BroadcastWithAck<TReply>(
        PacketBuilder packet, BroadcastOptions options, TimeSpan timeout, bool isForOne)
    {
        var id = Server.NextAckId();
        packet.Finish(PacketType.Event, Utf8Name, id);
        var replies = new BroadcastReplies<TReply>(id, timeout, Server.Engine.Wheel, ForgetAck) { IsForOne = isForOne };
        Server.Engine.Wheel.Schedule(replies, timeout);
        _ = AskAsync(new BroadcastPacket(packet.ToPacket(Flags(options))), options, replies);
        return replies.Task;
    }

    /// <summary>Makes this namespace behave as its parent does at this moment.</summary>
    internal void InheritFrom(Namespace parent)
    {
        lock (parent._gate)
        {
            _middlewares = parent._middlewares;
            _connectionHandlers = parent._connectionHandlers;
            _interceptors = parent._interceptors;
        }

        ServerEvents.InheritFrom(parent.ServerEvents);
    }

    private protected override BroadcastOperator With(BroadcastOptions options) => new(this, options);

    private protected override ValueTask Deliver(PacketBuilder packet, string name) => Broadcast(packet, BroadcastOptions.All);

    internal static PacketFlags Flags(BroadcastOptions options) =>
        PacketFlags.Droppable
        | (options.Volatile ? PacketFlags.Volatile : PacketFlags.None)
        | (options.Compress ? PacketFlags.None : PacketFlags.NoCompression);

    private async Task AskAsync<TReply>(BroadcastPacket packet, BroadcastOptions options, BroadcastReplies<TReply> replies)
    {
        try
        {
            await RequireAdapter().BroadcastWithAckAsync(packet, options, replies);
        }
        catch (Exception exception)
        {
            replies.Fail(exception);
        }
    }

    internal void ForgetAck(int id)
    {
        foreach (var socket in SocketSnapshot) socket.AcksIfAny?.Remove(id);
    }
}
