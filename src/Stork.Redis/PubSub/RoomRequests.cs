using System.Collections.Concurrent;

namespace Stork.Redis.PubSub;

/// <summary>Requests for the rooms of all servers that wait for answers.</summary>
internal sealed class RoomRequests(int limit)
{
    private readonly ConcurrentDictionary<string, Request> _requests = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">Too many wait.</exception>
    public Request Add(string id, int servers)
    {
        if (_requests.Count >= limit)
        {
            throw new InvalidOperationException(
                $"{limit} requests wait for other servers, the limit set by {nameof(RedisAdapterOptions.MaxPendingRequests)}.");
        }

        return _requests[id] = new Request(servers);
    }

    public Request? Find(string id) => _requests.GetValueOrDefault(id);

    public void Remove(string id) => _requests.TryRemove(id, out _);

    /// <summary>One of them: as many answers are awaited as there are servers, which do not say who they are.</summary>
    internal sealed class Request(int servers)
    {
        private readonly Lock _gate = new();
        private readonly HashSet<string> _rooms = new(StringComparer.Ordinal);
        private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _missing = servers;

        /// <summary>Completes when all have answered.</summary>
        public Task Completion => _completion.Task;

        public void Add(string[] rooms)
        {
            lock (_gate)
            {
                if (_missing == 0) return;
                _rooms.UnionWith(rooms);
                if (--_missing > 0) return;
            }

            _completion.TrySetResult();
        }

        /// <summary>What has come, and the rooms of this server.</summary>
        public RoomList ToList(IEnumerable<string> own)
        {
            lock (_gate) return new RoomList(new HashSet<string>([.. own, .. _rooms], StringComparer.Ordinal), _missing);
        }
    }
}
