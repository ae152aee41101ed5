using Microsoft.Extensions.Diagnostics.HealthChecks;
using Stork;
using Stork.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the store to an application's health checks.</summary>
public static class StoreHealthChecksBuilderExtensions
{
    /// <summary>Checks the store behind inboxes and queues: unhealthy once a write or sync failed, or when it has not got on for
    /// <see cref="Stork.Queues.StoreHealth.HangsAfter"/>; degraded while producers are refused for want of space, it has not got on for
    /// <see cref="Stork.Queues.StoreHealth.SlowAfter"/>, the clock is not believed, or stored bytes cannot be read.</summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What a failed store counts as; null for unhealthy.</param>
    /// <param name="tags">Tags to select checks by.</param>
    public static IHealthChecksBuilder AddStorkStore(
        this IHealthChecksBuilder builder,
        string name = "stork store",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, services => new StoreHealthCheck(services.GetRequiredService<SocketIOServer>()), failureStatus, tags));
    }
}
