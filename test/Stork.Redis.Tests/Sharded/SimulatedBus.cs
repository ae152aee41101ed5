using System.Collections.Concurrent;
using Stork.Redis.Sharded;

namespace Stork.Redis.Tests.Sharded;

/// <summary>Channels of which each command takes some turns of the scheduler, and which notices commands for one channel that overtake each
/// other.</summary>
internal sealed class SimulatedBus : IChannelBus
{
    private readonly ConcurrentDictionary<string, Subscription> _subscribed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _busy = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _subscriptions;

    public SimulatedBus(bool isOpen = true)
    {
        if (isOpen) _open.SetResult();
    }

    public IEnumerable<string> Subscribed => _subscribed.Keys.Order();

    /// <summary>How many were made in all.</summary>
    public int Subscriptions => _subscriptions;

    /// <summary>Commands for one channel of which one was not over when the next began.</summary>
    public ConcurrentQueue<string> Collisions { get; } = new();

    /// <summary>What the next subscription throws; null if it succeeds.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Lets commands end that wait.</summary>
    public void Open() => _open.SetResult();

    public async Task<IChannelSubscription> SubscribeAsync(string channel)
    {
        Interlocked.Increment(ref _subscriptions);
        await RunAsync(channel);
        if (Failure is { } failure) throw failure;
        var subscription = new Subscription(this, channel);
        if (!_subscribed.TryAdd(channel, subscription)) Collisions.Enqueue($"{channel} twice");
        return subscription;
    }

    /// <summary>Forgets a subscription without a word.</summary>
    public void Lose(string channel) => _subscribed[channel].IsConfirmed = false;

    private async Task RunAsync(string channel)
    {
        if (!_busy.TryAdd(channel, true)) Collisions.Enqueue(channel);
        await _open.Task;
        for (var turns = Random.Shared.Next(4); turns > 0; turns--) await Task.Yield();
        _busy.TryRemove(channel, out _);
    }

    private sealed class Subscription(SimulatedBus bus, string channel) : IChannelSubscription
    {
        public bool IsConfirmed { get; set; } = true;

        public bool IsConnected => true;

        public async Task EndAsync()
        {
            await bus.RunAsync(channel);
            bus._subscribed.TryRemove(channel, out _);
        }
    }
}
