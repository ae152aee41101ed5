using Stork.Queues.Records;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

public sealed partial class MessageQueue
{
    private const int RedriveStep = 100;

    /// <summary>The numbers of the queue; null: no such queue has come into being.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The numbers.</returns>
    public Task<QueueStatistics?> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        AskAsync(static (_, queue) => (QueueStatistics?)Browsing.Describe(queue), null, cancellationToken);

    /// <summary>Looks at stored messages without taking them.</summary>
    /// <param name="options">Which; null: the first hundred.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The messages, by sequence.</returns>
    public Task<IReadOnlyList<MessageInfo>> BrowseAsync(BrowseOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new BrowseOptions();
        if (options.Limit is < 1 or > BrowseOptions.MaxLimit)
            throw new QueueException(QueueErrorCode.Invalid, "Limit must be from 1 to 1,000.");
        return AskAsync<IReadOnlyList<MessageInfo>>((core, queue) => core.Browsing.Browse(queue, options), [], cancellationToken);
    }

    /// <summary>Finds a stored message by the id its producer gave it, as long as that is remembered and the message is there.</summary>
    /// <param name="dedupId">Its <see cref="Message.DedupId"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The message with its body; null: there is none.</returns>
    public Task<MessageInfo?> FindAsync(string dedupId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(dedupId);
        var hash = IdHash.Of(dedupId);
        return AskAsync((core, queue) => core.Browsing.FindByDedupId(queue, hash), null, cancellationToken);
    }

    /// <summary>
    /// Holds deliveries back until <see cref="ResumeAsync"/>, also over a restart. Producers and what is out are not affected.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>Completes when it is durable.</returns>
    public Task PauseAsync(CancellationToken cancellationToken = default) => SetPausedAsync(true, cancellationToken);

    /// <summary>Ends <see cref="PauseAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>Completes when it is durable.</returns>
    public Task ResumeAsync(CancellationToken cancellationToken = default) => SetPausedAsync(false, cancellationToken);

    /// <summary>Removes every message that is not out at a consumer.</summary>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>How many.</returns>
    public Task<int> PurgeAsync(CancellationToken cancellationToken = default) =>
        AskAsync(static (core, queue) => core.Operating.Purge(queue), 0, cancellationToken);

    /// <summary>Makes acknowledged messages that are still retained ready again. Queues with strict order or keys cannot do that.</summary>
    /// <param name="fromSequence">The first one.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>How many.</returns>
    public Task<int> SeekAsync(long fromSequence, CancellationToken cancellationToken = default) =>
        AskAsync((core, queue) => core.Operating.Seek(queue, fromSequence), 0, cancellationToken);

    /// <summary>Makes acknowledged messages that are still retained ready again, from those stored at a time on.</summary>
    /// <param name="from">The time.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>How many.</returns>
    public Task<int> SeekAsync(DateTimeOffset from, CancellationToken cancellationToken = default) =>
        AskAsync(
            (core, queue) => core.Operating.Seek(queue, core.Browsing.FindTime(queue, from.ToUnixTimeMilliseconds())),
            0,
            cancellationToken);

    /// <summary>
    /// Sends dead letters back to where they came from, oldest first, with no failures counted. The queue's limits are kept: what does not
    /// fit stays.
    /// </summary>
    /// <param name="max">How many at most.</param>
    /// <param name="origin">Only those from the queue of this name; null: all.</param>
    /// <param name="maxRedrives">Not those that came back this often already; null: all.</param>
    /// <param name="perSecond">How many a second at most; null: as fast as it goes.</param>
    /// <param name="cancellationToken">Ends it between steps.</param>
    /// <returns>How many went.</returns>
    /// <exception cref="InvalidOperationException">This queue is not one of dead letters.</exception>
    public async Task<int> RedriveAsync(
        int max = int.MaxValue, string? origin = null, int? maxRedrives = null, double? perSecond = null,
        CancellationToken cancellationToken = default)
    {
        if (Kind != QueueKind.DeadLetter) throw new InvalidOperationException("Only dead letters can be sent back.");
        var moved = 0;
        long from = 0;
        while (moved < max)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var step = perSecond is { } rate ? Math.Max(1, Math.Min(RedriveStep, (int)rate)) : RedriveStep;
            var (went, next) = await AskAsync(
                (core, queue) => core.Redriving.Redrive(queue, from, Math.Min(step, max - moved), origin, maxRedrives),
                (0, 0L),
                CancellationToken.None,
                RoomNeeds.MessageOverhead).ConfigureAwait(false);
            moved += went;
            if (next == 0) break;
            from = next;
            if (perSecond is not { } limit) continue;
            await Task.Delay(TimeSpan.FromSeconds(went / limit), _store.TimeProvider, cancellationToken).ConfigureAwait(false);
        }

        return moved;
    }

    /// <summary>Forgets a device of an inbox with a position per device; what only it had not acknowledged is settled.</summary>
    /// <param name="device">The device.</param>
    /// <param name="cancellationToken">Ends it between steps; done again, it goes on from there.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> UnregisterDeviceAsync(string device, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var asking = AskAsync((core, queue) => core.Registering.Unregister(queue, device), false, cancellationToken);
            if (await asking.ConfigureAwait(false) is { } found) return found;
        }
    }

    private Task<bool> SetPausedAsync(bool paused, CancellationToken cancellationToken) => SubmitAsync(
        new Request<bool>(
            core =>
            {
                core.Operating.Pause(core.Catalog.GetOrDefine(Address), paused);
                return true;
            }),
        cancellationToken);

    private Task<T> AskAsync<T>(
        Func<ShardCore, QueueState, T> question, T ifMissing, CancellationToken cancellationToken, int room = 4096)
    {
        var command = new Request<T>(core => core.State.Find(Address) is { } queue ? question(core, queue) : ifMissing, _ => room);
        return SubmitAsync(command, cancellationToken);
    }

    /// <summary>
    /// A token that is cancelled before has nothing done; later it ends the wait alone, as nothing can be called back from the shard.
    /// </summary>
    private Task<T> SubmitAsync<T>(Request<T> request, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        Shard.Submit(request);
        return request.Task.WaitAsync(cancellationToken);
    }
}
