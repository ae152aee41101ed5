using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Stork;
using Stork.Redis;
using Stork.Redis.Connections;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes several servers one, over Redis.</summary>
public static class SocketIOBuilderRedisExtensions
{
    /// <summary>Rooms, broadcasts, acknowledgements and all else that servers do together go over Redis, in the wire format of
    /// <c>@socket.io/redis-adapter</c>. The connection is made when the application starts, and tried for as long as it takes.</summary>
    /// <param name="builder">What <c>AddSocketIO</c> gives.</param>
    /// <param name="configuration">Where Redis is, as StackExchange.Redis reads it: <c>redis:6379,password=…,ssl=true</c>; several
    /// end points and <c>serviceName=…</c> for Sentinel.</param>
    /// <param name="configure">Sets options; they are checked when the application starts.</param>
    public static SocketIOBuilder UseRedis(
        this SocketIOBuilder builder, string configuration, Action<RedisAdapterOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(configuration);
        return builder.UseRedis(RedisSource.To(configuration), configure);
    }

    /// <inheritdoc cref="UseRedis(SocketIOBuilder, string, Action{RedisAdapterOptions})"/>
    /// <param name="builder">What <c>AddSocketIO</c> gives.</param>
    /// <param name="configuration">Where Redis is, and how it is connected to; a copy is used, with <c>AbortOnConnectFail</c> off.</param>
    /// <param name="configure">Sets options; they are checked when the application starts.</param>
    public static SocketIOBuilder UseRedis(
        this SocketIOBuilder builder, ConfigurationOptions configuration, Action<RedisAdapterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return builder.UseRedis(RedisSource.To(configuration), configure);
    }

    /// <inheritdoc cref="UseRedis(SocketIOBuilder, string, Action{RedisAdapterOptions})"/>
    /// <param name="builder">What <c>AddSocketIO</c> gives.</param>
    /// <param name="connection">A connection that the application has, and closes itself. No two servers of a cluster may share one: they
    /// would count as one.</param>
    /// <param name="configure">Sets options; they are checked when the application starts.</param>
    public static SocketIOBuilder UseRedis(
        this SocketIOBuilder builder, IConnectionMultiplexer connection, Action<RedisAdapterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return builder.UseRedis(RedisSource.Of(connection), configure);
    }

    private static SocketIOBuilder UseRedis(this SocketIOBuilder builder, RedisSource source, Action<RedisAdapterOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (configure is not null) services.Configure(configure);
        services.AddOptions<RedisAdapterOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisAdapterOptions>, RedisAdapterOptionsValidator>());
        services.Replace(ServiceDescriptor.Singleton(provider => new RedisAdapterFactory(provider, source)));
        services.AddOptions<SocketIOOptions>().Configure<RedisAdapterFactory>(
            static (options, factory) => options.AdapterFactory = factory.Create);
        return builder;
    }
}
