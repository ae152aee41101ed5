using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Stork.EngineIO;
using Stork.EventLoops;
using Stork.Queues;
using Stork.SocketIO;
using Stork.SocketIO.Acks;
using Stork.SocketIO.Events;
using Stork.SocketIO.Namespaces;
using Stork.SocketIO.Rooms;
using Stork.SocketIO.Sessions;
using Stork.SocketIO.Sockets;
using Stork.Wire;

namespace Stork;

/// <summary>
/// A Socket.IO server. Registered by <c>AddSocketIO</c> as a singleton, so that any service may emit; put on a path by <c>MapSocketIO</c>.
/// Its own members speak for the main namespace "/".
/// </summary>
public sealed partial class SocketIOServer : BroadcastTarget, IEndpointConventionBuilder, IAsyncDisposable, IDisposable
{
    private readonly AckIds _ackIds;

    internal SocketIOServer(ServerParts parts)
    {
        Options = parts.Options;
        Services = parts.Services;
        Logger = parts.Logger;
        Serializer = parts.Serializer;
        Store = parts.Store;
        SocketFeatures = parts.SocketFeatures;
        Engine = new EngineServer(
            parts.Engine,
            (connection, context) => new Client(this, connection, new HandshakeRequest(context, parts.Time.GetUtcNow())),
            parts.Logger,
            parts.Metrics,
            parts.Time);
        RoomBudget = new RoomBudget(Options.MaxRoomBytes);
        UnknownEvents = new UnknownEvents(Logger, parts.Time);
        Namespaces = new NamespaceTable(this);
        _ackIds = new AckIds(Store is null ? null : count => Store.ReserveAckIdsAsync(count));
        parts.AddFeatures(this);
        Sessions = parts.CreateSessionLog(this);
        MainNamespace = Namespaces.GetOrCreate("/");
    }

    /// <summary>Raised after a namespace was made, also one a client asked for.</summary>
    public event Action<Namespace>? NamespaceCreated
    {
        add => Namespaces.Created += value;
        remove => Namespaces.Created -= value;
    }

    /// <summary>Raised for each request that is refused before it reaches a session, on the thread that serves it; it must not block.
    /// The original's <c>connection_error</c> event.</summary>
    public event Action<ConnectionError>? ConnectionError
    {
        add => Engine.RequestRefused += value;
        remove => Engine.RequestRefused -= value;
    }

    /// <summary>The main namespace, "/".</summary>
    public Namespace MainNamespace { get; }

    /// <summary>The sockets of the main namespace on this server, at the moment of the call.</summary>
    public IReadOnlyList<Socket> Sockets => MainNamespace.Sockets;

    /// <summary>Number of connections, whether or not they have joined a namespace.</summary>
    public int ConnectionCount => Engine.ClientsCount;

    /// <summary>The store behind inboxes and queues; null if <see cref="SocketIOOptions.DataDirectory"/> is not set. Closed with the
    /// server.</summary>
    public QueueStore? Store { get; }

    internal SocketOptions Options { get; }

    /// <summary>What higher floors keep with the server.</summary>
    internal FeatureSet Features { get; } = new();

    internal IServiceProvider Services { get; }

    internal ILogger Logger { get; }

    internal ArgumentSerializer Serializer { get; }

    internal EngineServer Engine { get; }

    internal NamespaceTable Namespaces { get; }

    /// <summary>What is remembered of clients that lose their connection.</summary>
    internal ISessionLog Sessions { get; }

    internal EventName.Table EventNames { get; } = new();

    /// <summary>What makes the features of each socket, in the order in which they are called.</summary>
    internal Func<Socket, ISocketFeature>[] SocketFeatures { get; }

    internal OrphanedEvents OrphanedEvents { get; } = new();

    internal UnknownEvents UnknownEvents { get; }

    internal RoomBudget RoomBudget { get; }

    /// <summary>Of the calls of the application's code, those that belong to the thread pool for now.</summary>
    internal BannedPaces BannedPaces { get; } = new();

    internal HandlerPlans HandlerPlans => field ??= new HandlerPlans(Services, Serializer, Engine.Time, BannedPaces);

    /// <summary>Of what the application does when a client joins: middlewares and connection handlers.</summary>
    internal CallPace JoinPace => field ??= new CallPace(Engine.Time, BannedPaces);

    /// <summary>Of what the application does for every event: listeners for all of them, and middlewares of a socket.</summary>
    internal CallPace EveryEventPace => field ??= new CallPace(Engine.Time, BannedPaces);

    private IEndpointConventionBuilder Endpoint => Features.Find<IEndpointConventionBuilder>()!;

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
        var limit = ProtocolLimits.Default.MaxNamespaceLength;
        if (name.Contains(',') || Encoding.UTF8.GetByteCount(name) > limit)
            throw new ArgumentException($"A namespace has no comma and at most {limit} bytes.", nameof(name));
        return Namespaces.GetOrCreate(name);
    }

    /// <summary>Namespaces whose name fits the pattern, made when the first client asks.</summary>
    /// <param name="pattern">Give it a match timeout, or anchor it well: clients choose what it is matched against (at most 512
    /// bytes).</param>
    public ParentNamespace Of(Regex pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Namespaces.AddParent((name, _) => new ValueTask<bool>(pattern.IsMatch(name)), pattern.IsMatch);
    }

    /// <summary>Namespaces a function decides about, made when the first client asks.</summary>
    /// <param name="accepts">Given the name and the handshake (its <see cref="Handshake.Auth"/> too), whether the namespace may be made.
    /// Not asked again while it exists.</param>
    public ParentNamespace Of(Func<string, Handshake, ValueTask<bool>> accepts)
    {
        ArgumentNullException.ThrowIfNull(accepts);
        return Namespaces.AddParent(accepts, matches: null);
    }

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

    /// <summary>Closes all connections (reason "server shutting down") and accepts no more. Clients see a closed transport, and try to
    /// reconnect by themselves. Happens by itself when the host stops.</summary>
    public void Close()
    {
        Log.Stopping(Logger, ConnectionCount);
        Engine.Stop();
        foreach (var nsp in Namespaces.All()) _ = nsp.AdapterLifetime.StopAsync();
    }

    /// <summary>Ends the connections that are left, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        // Last, whatever happens to the others: it holds the directory for this process.
        await using var store = Store;
        using var sessions = Sessions;
        Features.Dispose();
        await Task.WhenAll(Namespaces.All().Select(static nsp => nsp.AdapterLifetime.StopAsync()));
        Engine.Dispose();
    }

    /// <summary>As <see cref="DisposeAsync"/>, for containers that are disposed synchronously.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    void IEndpointConventionBuilder.Add(Action<EndpointBuilder> convention) => Endpoint.Add(convention);

    void IEndpointConventionBuilder.Finally(Action<EndpointBuilder> finalConvention) => Endpoint.Finally(finalConvention);

    internal int NextAckId() => _ackIds.Next();

    internal QueueStore RequireStore() =>
        Store ?? throw new InvalidOperationException("Nothing can be stored: set SocketIOOptions.DataDirectory.");

    private protected override BroadcastOperator With(BroadcastOptions options) => new(MainNamespace, options);

    private protected override ValueTask Deliver(PacketBuilder packet, string name) =>
        MainNamespace.Broadcast(packet, BroadcastOptions.All);
}
