using System.Diagnostics;

namespace Stork.Redis.Sharded;

/// <summary>The channels of rooms: one for each room that has sockets on this server.</summary>
/// <param name="channels">Their names.</param>
/// <param name="bus">Where they are subscribed to.</param>
/// <param name="hasSockets">Whether a room has sockets, at the moment of the call.</param>
[DebuggerDisplay("{Count} rooms")]
internal sealed class RoomChannels(ShardedChannels channels, IChannelBus bus, Func<string, bool> hasSockets)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SubscribedChannel> _rooms = new(StringComparer.Ordinal);
    private volatile bool _isClosed;

    /// <summary>Rooms with a channel, those among them whose subscription is being made or ended.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _rooms.Count;
        }
    }

    /// <summary>A room has got its first socket, or lost its last one.</summary>
    public void Update(string room)
    {
        if (ShardedChannels.HasOwn(room)) _ = UpdateAsync(room);
    }

    /// <summary>What a socket has to wait for that has joined a room; null if messages for it come already, or cannot come yet.</summary>
    /// <remarks>Another socket may have joined first, and not have called <see cref="Update"/> yet.</remarks>
    public Task? FindPending(string room)
    {
        if (!ShardedChannels.HasOwn(room)) return null;
        lock (_gate)
        {
            if (_rooms.TryGetValue(room, out var channel) && channel.IsSubscribed) return null;
        }

        return UpdateAsync(room);
    }

    /// <summary>Looks whether all are still subscribed to.</summary>
    public void Review()
    {
        foreach (var channel in Snapshot()) channel.Review();
    }

    /// <summary>Ends all subscriptions.</summary>
    public Task CloseAsync()
    {
        _isClosed = true;
        return Task.WhenAll(Snapshot().Select(static channel => channel.UpdateAsync()));
    }

    private bool IsNeeded(string room) => !_isClosed && hasSockets(room);

    private SubscribedChannel[] Snapshot()
    {
        lock (_gate) return [.. _rooms.Values];
    }

    private async Task UpdateAsync(string room)
    {
        SubscribedChannel? channel;
        Task update;
        lock (_gate)
        {
            if (!_rooms.TryGetValue(room, out channel))
                _rooms.Add(room, channel = new SubscribedChannel(channels.Of(room), bus, () => IsNeeded(room)));
            update = channel.UpdateAsync();
        }

        await update;
        lock (_gate)
        {
            // Another update may have begun meanwhile, or this one failed: then a review finds it.
            if (channel.IsUnused && !IsNeeded(room) && _rooms.GetValueOrDefault(room) == channel) _rooms.Remove(room);
        }
    }
}
