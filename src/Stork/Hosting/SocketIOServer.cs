using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Stork.Wire;
using Stork.EngineIO;
using Stork.SocketIO;
using Stork.SocketIO.Events;
using Stork.Diagnostics;
using Stork.Durable.Inboxes;
using Stork.Hosting;
using Stork.Options;
using Stork.SocketIO.Namespaces;
using Stork.Queues;
using Stork.Recovery;
using Stork.SocketIO.Rooms;
using Stork.SocketIO.Sessions;
using Stork.SocketIO.Sockets;
using Stork.Durable.Storage;
using Stork.Administration;
using Stork.Durable.Consumers;
using Stork.Durable.WorkQueues;

namespace Stork;

/// <summary>
/// A Socket.IO server. Registered by <c>AddSocketIO</c> as a singleton, so that any service may emit; put on a path by <c>MapSocketIO</c>. Its own
/// members speak for the main namespace "/".
/// </summary>
public sealed partial class SocketIOServer : BroadcastTarget, IEndpointConventionBuilder, IAsyncDisposable, IDisposable
{
    private readonly SocketIOEndpoint _endpoint;
    private readonly AckIds _ackIds;

    internal SocketIOServer(SocketIOOptions options, IServiceProvider services, ILogger logger, SocketIOMetrics metrics, TimeProvider time)
    {
        options = options.Freeze();
        Configuration = options;
        Options = options.ToSocketOptions();
        Storage = options.ToStorageOptions(services.GetService<IHostEnvironment>()?.ContentRootPath);
        Services = services;
        logger = BestEffortLogger.Around(new EscapingLogger(logger));
        Logger = logger;
        Serializer = new ArgumentSerializer(options.JsonSerializerOptions, options.MaxJsonDepth, options.MaxSentAttachments);
        Engine = new EngineServer(
            options.ToEngineOptions(),
            (connection, context) => new Client(this, connection, new HandshakeRequest(context, time.GetUtcNow())),
            logger,
            metrics,
            time);
        RoomBudget = new RoomBudget(Options.MaxRoomBytes);
        UnknownEvents = new UnknownEvents(logger, time);
        Namespaces = new NamespaceTable(this);
        if (Storage.DataDirectory is { } directory)
        {
            var failure = new StoreFailure(Storage, services.GetService<IHostApplicationLifetime>(), logger);
            var store = QueueStoreFactory.Open(directory, Storage, services.GetRequiredService<ILoggerFactory>(), time, failure);
            Store = store;
            SocketFeatures = [socket => new SocketConsumers(socket, store)];
        }

        WorkQueues = new WorkQueueHost(this, time);
        _ackIds = new AckIds(Store is null ? null : count => Store.ReserveAckIdsAsync(count));
        Sessions = options.ConnectionStateRecovery is { } recovery
            ? new RecoveryLog(this, recovery, Identities.AskForSessionAsync, QueueStoreFactory.RecoveryDirectory(Storage))
            : NoSessionLog.Instance;
        MainNamespace = Namespaces.GetOrCreate("/");
        _endpoint = new SocketIOEndpoint(this);
    }

    /// <summary>Raised after a namespace was made, also one a client asked for.</summary>
    public event Action<Namespace>? NamespaceCreated
    {
        add => Namespaces.Created += value;
        remove => Namespaces.Created -= value;
    }

    /// <summary>The main namespace, "/".</summary>
    public Namespace MainNamespace { get; }

    /// <summary>The sockets of the main namespace on this server, at the moment of the call.</summary>
    public IReadOnlyList<Socket> Sockets => MainNamespace.Sockets;

    /// <summary>Number of connections, whether or not they have joined a namespace.</summary>
    public int ConnectionCount => Engine.ClientsCount;

    /// <summary>The store behind inboxes and queues; null if <see cref="SocketIOOptions.DataDirectory"/> is not set. Closed with the server.</summary>
    public QueueStore? Store { get; }

    internal WorkQueueHost WorkQueues { get; }

    /// <summary>What the application has set, frozen.</summary>
    internal SocketIOOptions Configuration { get; }

    internal SocketOptions Options { get; }

    internal StorageOptions Storage { get; }

    internal IServiceProvider Services { get; }

    internal ILogger Logger { get; }

    internal ArgumentSerializer Serializer { get; }

    internal EngineServer Engine { get; }

    internal NamespaceTable Namespaces { get; }

    /// <summary>What is remembered of clients that lose their connection.</summary>
    internal ISessionLog Sessions { get; }

    internal EventName.Table EventNames { get; } = new();

    /// <summary>What makes the features of each socket, in the order in which they are called. Complete before the first client comes.</summary>
    internal Func<Socket, ISocketFeature>[] SocketFeatures { get; } = [];

    internal OrphanedEvents OrphanedEvents { get; } = new();

    internal UnknownEvents UnknownEvents { get; }

    internal RoomBudget RoomBudget { get; }

    internal HandlerPlans HandlerPlans => field ??= new HandlerPlans(Services, Serializer);

    internal SocketIOEndpoint Endpoint => _endpoint;

    private protected override SocketIOServer Owner => this;

    private protected override int NamespaceLength => 1;

    private protected override BroadcastOptions Selection => BroadcastOptions.All;

    /// <summary>The namespace with this name, made if need be. Clients may join it from then on.</summary>
    /// <param name="name">The name; a missing leading slash is added. At most 512 bytes in UTF-8, without a comma.</param>
    /// <exception cref="ArgumentException">No client could name it: it is too long or has a comma.</exception>
    public Namespace Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.StartsWith('/')) name = "/" + name;
        if (name.Contains(',') || Encoding.UTF8.GetByteCount(name) > ProtocolLimits.Default.MaxNamespaceLength)
            throw new ArgumentException($"A namespace has no comma and at most {ProtocolLimits.Default.MaxNamespaceLength} bytes.", nameof(name));
        return Namespaces.GetOrCreate(name);
    }

    /// <summary>Namespaces whose name fits the pattern, made when the first client asks.</summary>
    /// <param name="pattern">Give it a match timeout, or anchor it well: clients choose what it is matched against (at most 512 bytes).</param>
    public ParentNamespace Of(Regex pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Namespaces.AddParent((name, _) => new ValueTask<bool>(pattern.IsMatch(name)), pattern.IsMatch);
    }

    /// <summary>Namespaces a function decides about, made when the first client asks.</summary>
    /// <param name="accepts">Given the name and the handshake (its <see cref="Handshake.Auth"/> too), whether the namespace may be made. Not asked again while it exists.</param>
    public ParentNamespace Of(Func<string, Handshake, ValueTask<bool>> accepts)
    {
        ArgumentNullException.ThrowIfNull(accepts);
        return Namespaces.AddParent(accepts, matches: null);
    }

    /// <summary>A queue of jobs, each processed by one consumer: server code or a socket.</summary>
    /// <typeparam name="T">The jobs.</typeparam>
    /// <param name="name">The queue's name, 1 to 256 bytes.</param>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
    public WorkQueue<T> Queue<T>(string name)
        where T : notnull => WorkQueues.Open<T>(name);

    /// <inheritdoc cref="NamespaceQueueExtensions.extension(Namespace).MapQueue(string)"/>
    public QueueMapping MapQueue(string queue) => MainNamespace.MapQueue(queue);

    /// <inheritdoc cref="Namespace.Use"/>
    public SocketIOServer Use(Func<Socket, ValueTask> middleware)
    {
        MainNamespace.Use(middleware);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, Task})"/>
    public SocketIOServer OnConnection(Func<Socket, Task> handler)
    {
        MainNamespace.OnConnection(handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection(Func{Socket, Task})"/>
    public SocketIOServer OnConnection(Action<Socket> handler)
    {
        MainNamespace.OnConnection(handler);
        return this;
    }

    /// <inheritdoc cref="Namespace.OnConnection{THandler}"/>
    public SocketIOServer OnConnection<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, ISocketHandler
    {
        MainNamespace.OnConnection<THandler>();
        return this;
    }

    /// <summary>Closes all connections (reason "server shutting down") and accepts no more. Clients see a closed transport, and try to reconnect by themselves.
    /// Happens by itself when the host stops.</summary>
    public void Close()
    {
        Log.Stopping(Logger, ConnectionCount);
        Engine.Stop();
        foreach (var nsp in Namespaces.All()) _ = nsp.StopAdapterAsync();
    }

    /// <summary>As <see cref="Close"/>; before that, nothing is handed out any more: what clients give back is not for others to begin now.</summary>
    internal void StopWithHost()
    {
        WorkQueues.BeginStop();
        Close();
    }

    /// <summary>Ends the connections that are left, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        // Last, whatever happens to the others: it holds the directory for this process.
        await using var store = Store;
        using var sessions = Sessions;
        WorkQueues.Unattended.Dispose();
        await Task.WhenAll(Namespaces.All().Select(static nsp => nsp.StopAdapterAsync()));
        Engine.Dispose();
    }

    /// <summary>As <see cref="DisposeAsync"/>, for containers that are disposed synchronously.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    void IEndpointConventionBuilder.Add(Action<EndpointBuilder> convention) => _endpoint.Add(convention);

    void IEndpointConventionBuilder.Finally(Action<EndpointBuilder> finalConvention) => _endpoint.Finally(finalConvention);

    internal int NextAckId() => _ackIds.Next();

    private protected override BroadcastOperator With(BroadcastOptions options) => new(MainNamespace, options);

    private protected override ValueTask Deliver(PacketBuilder packet, string name) => MainNamespace.Broadcast(packet, BroadcastOptions.All);
}
