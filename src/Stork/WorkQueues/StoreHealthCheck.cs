using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Stork.WorkQueues;

/// <summary>Says what <see cref="Queues.StoreHealth"/> says. A store that failed is unhealthy, everything that still works is
/// degraded.</summary>
internal sealed class StoreHealthCheck(SocketIOServer server) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check(context));

    private HealthCheckResult Check(HealthCheckContext context)
    {
        var failed = context.Registration.FailureStatus;
        if (server.Store is not { } store) return new HealthCheckResult(failed, "There is no store: SocketIOOptions.DataDirectory is not set.");
        var health = store.Health;
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["journalBytes"] = health.JournalBytes,
            ["liveBytes"] = health.LiveBytes,
            ["unreadableMessages"] = health.UnreadableMessages,
        };
        if (health.Failure is { } failure) return new HealthCheckResult(failed, "The store failed; the application has to be started anew.", failure, data);
        var troubles = new List<string>();
        if (health.RefusesProducers) troubles.Add("the disk is nearly full, so that producers are refused");
        if (health.ClockSuspect) troubles.Add("the wall clock jumped and is not believed");
        if (health.ReclaimBlocked is { } blocked) troubles.Add($"no space can be reclaimed: {blocked}");
        if (health.UnreadableMessages > 0) troubles.Add($"{health.UnreadableMessages} reads failed their checksum");
        return troubles.Count == 0
            ? HealthCheckResult.Healthy(data: data)
            : HealthCheckResult.Degraded($"The store works, but {string.Join("; ", troubles)}.", data: data);
    }
}
