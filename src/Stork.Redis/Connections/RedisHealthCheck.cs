using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Stork.Redis.Connections;

/// <summary>Says whether this server and others hear of each other.</summary>
internal sealed class RedisHealthCheck(RedisAdapterFactory factory) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(factory.Connection.IsConnected
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(
                context.Registration.FailureStatus,
                "Redis is not connected: this server and others do not hear of each other, its own rooms work."));
}
