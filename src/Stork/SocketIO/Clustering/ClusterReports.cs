using Microsoft.Extensions.Logging;

namespace Stork.SocketIO.Clustering;

/// <summary>Counts and logs what happens between servers. Each kind of trouble is logged once a minute at most: a foreign process on the
/// bus or an outage of it makes thousands.</summary>
internal sealed class ClusterReports(Namespace nsp, SocketIOMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<ClusterDropReason, long> _lastLogged = [];

    private ILogger Logger => nsp.Server.Logger;

    public void Sent() => metrics.ClusterMessageSent();

    public void Received() => metrics.ClusterMessageReceived();

    public void Drop(ClusterDropReason reason, string? details = null)
    {
        metrics.ClusterMessageDropped(reason.ToString());
        if (MayLog(reason)) Log.ClusterMessageDropped(Logger, nsp.Name, reason.ToString(), details ?? "");
    }

    public void FailToSend(Exception exception)
    {
        metrics.ClusterMessageDropped(nameof(ClusterDropReason.NotSent));
        if (MayLog(ClusterDropReason.NotSent)) Log.ClusterMessageNotSent(Logger, exception, nsp.Name);
    }

    public void ServerGone(string serverId) => Log.ClusterServerGone(Logger, serverId, nsp.Name);

    /// <summary>What the application's own code does wrong while a message of another server is handled.</summary>
    public void FailToHandle(Exception exception) => Log.AdapterFailed(Logger, exception, nsp.Name);

    private bool MayLog(ClusterDropReason reason)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_lastLogged.TryGetValue(reason, out var last) && time.GetElapsedTime(last, now) < Pause) return false;
            _lastLogged[reason] = now;
            return true;
        }
    }
}
