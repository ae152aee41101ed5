using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Stork.Queues;

namespace Stork.Hosting;

/// <summary>Says what <see cref="Queues.StoreHealth"/> says. A store that failed or hangs is unhealthy, everything that still works is
/// degraded.</summary>
internal sealed class StoreHealthCheck(SocketIOServer server) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check(context));

    private HealthCheckResult Check(HealthCheckContext context)
    {
        var failed = context.Registration.FailureStatus;
        return server.Store is { } store
            ? Judge(store.Health, failed)
            : new HealthCheckResult(failed, "There is no store: SocketIOOptions.DataDirectory is not set.");
    }

    internal static HealthCheckResult Judge(StoreHealth health, HealthStatus failed)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["journalBytes"] = health.JournalBytes,
            ["liveBytes"] = health.LiveBytes,
            ["unreadableMessages"] = health.UnreadableMessages,
            ["stuckSeconds"] = health.Stuck.TotalSeconds,
        };
        if (health.Failure is { } failure)
            return new HealthCheckResult(failed, "The store failed; the application has to be started anew.", failure, data);
        if (health.Stuck >= StoreHealth.HangsAfter)
            return new HealthCheckResult(failed, $"The store hangs: {DescribeStuck(health)}.", data: data);
        var troubles = new List<string>();
        if (health.Refusal is { } refusal) troubles.Add($"producers are refused ({refusal.TrimEnd('.')})");
        if (health.Stuck >= StoreHealth.SlowAfter) troubles.Add(DescribeStuck(health));
        if (health.ClockSuspect) troubles.Add("the wall clock jumped and is not believed");
        if (health.ReclaimBlocked is { } blocked) troubles.Add($"no space can be reclaimed: {blocked}");
        if (health.UnreadableMessages > 0) troubles.Add($"{health.UnreadableMessages} reads failed their checksum");
        return troubles.Count == 0
            ? HealthCheckResult.Healthy(data: data)
            : HealthCheckResult.Degraded($"The store works, but {string.Join("; ", troubles)}.", data: data);
    }

    private static string DescribeStuck(StoreHealth health) => string.Create(
        CultureInfo.InvariantCulture,
        $"for {health.Stuck.TotalSeconds:F1} s it has had something to do and has not got on, as when a sync does not return");
}
