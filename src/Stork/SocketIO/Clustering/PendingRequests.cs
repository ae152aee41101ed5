using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Stork.SocketIO.Clustering;

/// <summary>The requests of one namespace that other servers may answer, by their ids.</summary>
internal sealed class PendingRequests(int limit)
{
    /// <summary>As official servers number theirs.</summary>
    private const int IdBytes = 8;

    private readonly ConcurrentDictionary<string, PendingRequest> _requests = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>An id for a server or a request: 16 random hexadecimal digits.</summary>
    public static string NewId() => RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true);

    /// <exception cref="InvalidOperationException">Too many wait.</exception>
    public void Add(string id, PendingRequest request)
    {
        if (Interlocked.Increment(ref _count) > limit)
        {
            Interlocked.Decrement(ref _count);
            throw new InvalidOperationException(
                $"{limit} requests wait for other servers, the limit set by {nameof(ClusterAdapterOptions.MaxPendingRequests)}.");
        }

        _requests[id] = request;
    }

    public void Remove(string id)
    {
        if (_requests.TryRemove(id, out _)) Interlocked.Decrement(ref _count);
    }

    public async Task RemoveWhenAsync(Task ended, string id)
    {
        await ended;
        Remove(id);
    }

    public bool Has(string id) => _requests.ContainsKey(id);

    /// <summary>Late answers, and those to somebody else, concern nobody.</summary>
    public void Answer(string id, ClusterMessage message)
    {
        if (_requests.TryGetValue(id, out var request)) request.OnAnswer(message);
    }

    public void Lose(string serverId)
    {
        foreach (var (_, request) in _requests) request.Lose(serverId);
    }

    public void End()
    {
        foreach (var (_, request) in _requests) request.End();
    }
}
