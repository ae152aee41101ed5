using StackExchange.Redis;
using Stork.Redis.Emitting;

namespace Stork.Redis;

/// <summary>
/// Lets any process emit towards the clients of servers on the same Redis, and towards the servers: a job, a service, a console. It is no
/// server, has no clients, gets no answers, and needs no ASP.NET Core.
/// </summary>
/// <remarks>Servers of Stork and of Node.js hear it that work in the same <see cref="RedisEmitterOptions.Mode"/>; in mode
/// <see cref="RedisAdapterMode.PubSub"/> it speaks as <c>@socket.io/redis-emitter</c>. One emitter is enough for a process: it is for all
/// threads.</remarks>
/// <example>
/// <code>
/// await using var io = await RedisEmitter.ConnectAsync("redis:6379");
/// await io.To("user:42").EmitAsync("order shipped", new { id = 7 });
/// await io.Of("/admin").In("night shift").DisconnectSocketsAsync();
/// await io.ServerSideEmitAsync("prices changed");
/// </code>
/// </example>
public sealed class RedisEmitter : RedisBroadcastTarget, IAsyncDisposable
{
    private const string DefaultClientName = "stork emitter";

    private readonly EmitterBus _bus;
    private readonly bool _isOwner;

    /// <summary>Emits over a connection of the application, which stays open.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public RedisEmitter(IConnectionMultiplexer connection, RedisEmitterOptions? options = null)
        : this(new EmitterBus(connection, options ?? new RedisEmitterOptions()), "/", isOwner: false)
    {
    }

    private RedisEmitter(EmitterBus bus, string nsp, bool isOwner)
        : base(new EmitterNamespace(bus, nsp), BroadcastOptions.All)
    {
        _bus = bus;
        _isOwner = isOwner;
    }

    /// <summary>Connects, and emits over this connection, which mends itself when it is lost.</summary>
    /// <param name="configuration">Where Redis is, as StackExchange.Redis reads it: <c>redis:6379,password=…</c>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="RedisConnectionException">Redis cannot be reached, unless <c>abortConnect=false</c> is said.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static async Task<RedisEmitter> ConnectAsync(string configuration, RedisEmitterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(configuration);
        var connecting = ConfigurationOptions.Parse(configuration);
        connecting.ClientName ??= DefaultClientName;
        var connection = await ConnectionMultiplexer.ConnectAsync(connecting).ConfigureAwait(false);
        try
        {
            return new RedisEmitter(new EmitterBus(connection, options ?? new RedisEmitterOptions()), "/", isOwner: true);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Emits in another namespace, over the same connection, which stays this emitter's.</summary>
    /// <param name="nsp">Its name; a leading slash is added where it is missing.</param>
    public RedisEmitter Of(string nsp)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        return new RedisEmitter(_bus, nsp.StartsWith('/') ? nsp : "/" + nsp, isOwner: false);
    }

    /// <summary>Sends an event to all servers that have the namespace, not to clients; they get it as one of
    /// <see cref="Stork.Namespace.ServerSideEmitAsync"/>.</summary>
    /// <param name="name">The event's name; not <c>connect</c>, <c>connection</c> or <c>new_namespace</c>.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <returns>Completes when Redis has taken the event.</returns>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public ValueTask ServerSideEmitAsync(string name, params object?[] arguments) => Namespace.EmitToServersAsync(name, arguments);

    /// <summary>Closes the connection, if <see cref="ConnectAsync"/> has made it.</summary>
    public ValueTask DisposeAsync() => _isOwner ? _bus.Connection.DisposeAsync() : ValueTask.CompletedTask;
}
