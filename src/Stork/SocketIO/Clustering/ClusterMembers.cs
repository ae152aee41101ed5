using System.Collections.Concurrent;

namespace Stork.SocketIO.Clustering;

/// <summary>The other servers, as they were heard of.</summary>
internal sealed class ClusterMembers(TimeProvider time, TimeSpan timeout, int limit)
{
    private readonly ConcurrentDictionary<string, long> _lastHeard = new(StringComparer.Ordinal);

    public int Count => _lastHeard.Count;

    public string[] Ids => [.. _lastHeard.Keys];

    /// <summary>A message of the server has come.</summary>
    public void Hear(string serverId)
    {
        var now = time.GetTimestamp();
        if (_lastHeard.ContainsKey(serverId) || _lastHeard.Count < limit) _lastHeard[serverId] = now;
    }

    public bool Remove(string serverId) => _lastHeard.TryRemove(serverId, out _);

    /// <summary>Forgets those that were not heard of for too long.</summary>
    public List<string> RemoveSilent()
    {
        var removed = new List<string>();
        foreach (var (id, lastHeard) in _lastHeard)
        {
            // One that says something just now stays.
            if (time.GetElapsedTime(lastHeard) > timeout && _lastHeard.TryRemove(new(id, lastHeard))) removed.Add(id);
        }

        return removed;
    }
}
