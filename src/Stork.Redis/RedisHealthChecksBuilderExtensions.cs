using Microsoft.Extensions.Diagnostics.HealthChecks;
using Stork.Redis.Connections;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the connection to Redis to an application's health checks.</summary>
public static class RedisHealthChecksBuilderExtensions
{
    /// <summary>Checks whether the server is connected to Redis, so that it and others hear of each other.</summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What a lost connection counts as; null for degraded: rooms of this server work without, and a balancer
    /// that took every server out because all have lost Redis would make it worse.</param>
    /// <param name="tags">Tags to select checks by.</param>
    public static IHealthChecksBuilder AddStorkRedis(
        this IHealthChecksBuilder builder,
        string name = "stork redis",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name,
            services => new RedisHealthCheck(services.GetRequiredService<RedisAdapterFactory>()),
            failureStatus ?? HealthStatus.Degraded,
            tags));
    }
}
