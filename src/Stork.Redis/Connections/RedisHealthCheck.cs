using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Stork.Redis.Connections;

/// <summary>Says whether this server and others hear of each other.</summary>
internal sealed class RedisHealthCheck(RedisAdapterFactory factory) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var fault = await factory.Connection.FindFaultAsync(cancellationToken);
        if (!factory.AreStreamsRead) fault ??= "A stream cannot be read";
        return fault is null
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(
                context.Registration.FailureStatus,
                $"{fault}: this server and others do not hear of each other, its own rooms work.");
    }
}
