using System.Diagnostics.CodeAnalysis;

namespace Stork.Redis.Sharded;

/// <summary>What a namespace has subscribed to: the channel of all, that of answers to this server, and those of rooms.</summary>
[SuppressMessage("Design", "CA1001", Justification = "CloseAsync is its end.")]
internal sealed class ShardedSubscriptions
{
    /// <summary>How often it is looked whether all are still there. The client library makes them anew itself after each loss of the
    /// connection, but not where Redis refuses it, as a cluster does while a part of it is away.</summary>
    private static readonly TimeSpan ReviewInterval = TimeSpan.FromSeconds(2);

    private readonly RoomChannels? _rooms;
    private readonly SubscribedChannel _answers;
    private readonly SubscribedChannel _all;
    private readonly PeriodicTimer _timer;
    private volatile bool _isClosed;

    /// <param name="channels">Their names.</param>
    /// <param name="serverId">This server.</param>
    /// <param name="bus">Where.</param>
    /// <param name="rooms">The channels of rooms; null if rooms have none.</param>
    /// <param name="time">The clock.</param>
    public ShardedSubscriptions(ShardedChannels channels, string serverId, IChannelBus bus, RoomChannels? rooms, TimeProvider time)
    {
        _rooms = rooms;
        _answers = new SubscribedChannel(channels.AnswersTo(serverId), bus, () => !_isClosed);
        _all = new SubscribedChannel(channels.All, bus, () => !_isClosed);
        _timer = new PeriodicTimer(ReviewInterval, time);
    }

    /// <summary>Whether messages for all come, and answers.</summary>
    public bool IsConfirmed => _answers.IsConfirmed && _all.IsConfirmed;

    /// <summary>Subscribes; without Redis as soon as it is there.</summary>
    public async Task OpenAsync()
    {
        await _answers.UpdateAsync();
        // By this one servers count each other: it is the last, since who is counted has to answer.
        await _all.UpdateAsync();
        _ = ReviewAsync();
    }

    public async Task CloseAsync()
    {
        _isClosed = true;
        _timer.Dispose();
        // Nobody counts on this server any more.
        await _all.UpdateAsync();
        await Task.WhenAll(_answers.UpdateAsync(), _rooms?.CloseAsync() ?? Task.CompletedTask);
    }

    private async Task ReviewAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            _answers.Review();
            _all.Review();
            _rooms?.Review();
        }
    }
}
