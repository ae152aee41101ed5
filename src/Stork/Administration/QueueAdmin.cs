using Stork.Administration;
using Stork.Durable;
using Stork.Queues;

namespace Stork;

/// <summary>
/// What an operator sees of queues and inboxes, and does with them. A service of the application; <c>app.MapQueueAdmin("/stork")</c> offers
/// the same over HTTP.
/// </summary>
public sealed class QueueAdmin
{
    /// <summary>The most queues or messages in one page: 1,000.</summary>
    public const int MaxPage = BrowseOptions.MaxLimit;

    /// <summary>Dead letters of inboxes that one call looks through at most, for those of one inbox.</summary>
    private const int MaxScan = 10_000;

    private readonly SocketIOServer _server;
    private readonly TimeProvider _time;
    private readonly QueueRates _rates;

    internal QueueAdmin(SocketIOServer server)
    {
        _server = server;
        _time = server.WorkQueues.Time;
        _rates = new QueueRates(_time);
    }

    private QueueStore Store => _server.WorkQueues.RequireStore();

    /// <summary>Queues of a kind by name, with depth, age, rates: a page of what may be a million. Each page costs a look at every queue,
    /// in small steps between which the store does its work.</summary>
    /// <param name="kind">Work queues, inboxes, or the dead letters.</param>
    /// <param name="prefix">Only those whose name begins so; null: all.</param>
    /// <param name="after">Only those behind this name, for instance <see cref="QueuePage.Next"/> of the page before; null: from the
    /// first.</param>
    /// <param name="limit">How many at most, 1 to 1,000; 100 unless given.</param>
    /// <param name="cancellationToken">Ends it between steps.</param>
    /// <returns>The page.</returns>
    public async Task<QueuePage> ListAsync(
        QueueKind kind = QueueKind.Work, string? prefix = null, string? after = null, int limit = 100,
        CancellationToken cancellationToken = default)
    {
        CheckLimit(limit);
        var found = await Store.ListQueuesAsync(kind, prefix, after, limit, cancellationToken);
        var reports = new List<QueueReport>(found.Queues.Count);
        foreach (var statistics in found.Queues) reports.Add(await ReportAsync(statistics, cancellationToken));
        return new QueuePage(reports, found.Next);
    }

    /// <summary>One queue or inbox; null if it has not come into being.</summary>
    /// <param name="kind">A work queue or an inbox.</param>
    /// <param name="name">Its name or identity.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What there is to know.</returns>
    public async Task<QueueReport?> GetAsync(QueueKind kind, string name, CancellationToken cancellationToken = default) =>
        await Find(kind, name).GetStatisticsAsync(cancellationToken) is { } statistics
            ? await ReportAsync(statistics, cancellationToken)
            : null;

    /// <summary>Looks at messages without taking them.</summary>
    /// <param name="kind">A work queue or an inbox.</param>
    /// <param name="name">Its name or identity.</param>
    /// <param name="options">Which messages; null: the first hundred.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The page.</returns>
    public async Task<MessagePage> BrowseAsync(
        QueueKind kind, string name, BrowseOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new BrowseOptions();
        return Page(await Find(kind, name).BrowseAsync(options, cancellationToken), options.Limit);
    }

    /// <summary>Looks at dead letters with the history of their attempts.</summary>
    /// <param name="kind">A work queue or an inbox.</param>
    /// <param name="name">Its name or identity.</param>
    /// <param name="options">Which; null: the first hundred.</param>
    /// <param name="cancellationToken">Ends it between steps.</param>
    /// <returns>The page. For an inbox it may have fewer than there are, as inboxes share their dead letters: go on while there is a
    /// next.</returns>
    public async Task<MessagePage> BrowseDeadLettersAsync(
        QueueKind kind, string name, BrowseOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new BrowseOptions();
        var dead = Find(kind, name).DeadLetters;
        if (kind == QueueKind.Work) return Page(await dead.BrowseAsync(options, cancellationToken), options.Limit);
        CheckLimit(options.Limit);
        var found = new List<MessageInfo>();
        var from = options.FromSequence;
        for (var scanned = 0; scanned < MaxScan; scanned += MaxPage)
        {
            // Bodies only of those that are wanted.
            var all = await dead.BrowseAsync(options with { FromSequence = from, Limit = MaxPage, WithBody = false }, cancellationToken);
            foreach (var letter in all)
            {
                from = letter.Sequence + 1;
                if (letter.DeadLetter is not { OriginKind: QueueKind.Inbox } origin || origin.OriginName != name) continue;
                var one = options with { FromSequence = letter.Sequence, Limit = 1 };
                if (options.WithBody) found.AddRange(await dead.BrowseAsync(one, cancellationToken));
                else found.Add(letter);
                if (found.Count >= options.Limit) return new MessagePage(found, from);
            }

            if (all.Count < MaxPage) return new MessagePage(found, null);
        }

        return new MessagePage(found, from);
    }

    /// <summary>Holds deliveries back until <see cref="ResumeAsync"/>, also over a restart.</summary>
    /// <param name="kind">A work queue or an inbox.</param>
    /// <param name="name">Its name or identity.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>Completes when it is durable.</returns>
    public Task PauseAsync(QueueKind kind, string name, CancellationToken cancellationToken = default) =>
        Find(kind, name).PauseAsync(cancellationToken);

    /// <summary>Ends <see cref="PauseAsync"/>.</summary>
    /// <param name="kind">A work queue or an inbox.</param>
    /// <param name="name">Its name or identity.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>Completes when it is durable.</returns>
    public Task ResumeAsync(QueueKind kind, string name, CancellationToken cancellationToken = default) =>
        Find(kind, name).ResumeAsync(cancellationToken);

    /// <summary>Removes every message that is not out at a consumer.</summary>
    /// <param name="kind">A work queue or an inbox.</param>
    /// <param name="name">Its name or identity.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>How many.</returns>
    public Task<int> PurgeAsync(QueueKind kind, string name, CancellationToken cancellationToken = default) =>
        Find(kind, name).PurgeAsync(cancellationToken);

    /// <summary>Removes the dead letters of a work queue.</summary>
    /// <param name="name">The work queue's name.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <returns>How many.</returns>
    public Task<int> PurgeDeadLettersAsync(string name, CancellationToken cancellationToken = default) =>
        Store.Queue(name).DeadLetters.PurgeAsync(cancellationToken);

    /// <summary>Sends dead letters back to where they came from, oldest first, with no failures counted.</summary>
    /// <param name="kind">A work queue or an inbox.</param>
    /// <param name="name">Its name or identity.</param>
    /// <param name="max">How many at most.</param>
    /// <param name="maxRedrives">Not those that came back this often already; null: all.</param>
    /// <param name="perSecond">How many a second at most; null: as fast as it goes.</param>
    /// <param name="cancellationToken">Ends it between steps.</param>
    /// <returns>How many went; what does not fit the queue's limits stays.</returns>
    public Task<int> RedriveAsync(
        QueueKind kind, string name, int max = int.MaxValue, int? maxRedrives = null, double? perSecond = null,
        CancellationToken cancellationToken = default) =>
        Find(kind, name).DeadLetters.RedriveAsync(max, kind == QueueKind.Inbox ? name : null, maxRedrives, perSecond, cancellationToken);

    private static void CheckLimit(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
    }

    private static MessagePage Page(IReadOnlyList<MessageInfo> messages, int limit) =>
        new(messages, messages.Count == limit ? messages[^1].Sequence + 1 : null);

    private MessageQueue Find(QueueKind kind, string name) => kind switch
    {
        QueueKind.Work => Store.Queue(name),
        QueueKind.Inbox => Store.Inbox(name),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Dead letters are found by the queue they came from."),
    };

    private async Task<QueueReport> ReportAsync(QueueStatistics statistics, CancellationToken cancellationToken)
    {
        var isWork = statistics.Kind == QueueKind.Work;
        var dead = isWork ? await Store.Queue(statistics.Name).DeadLetters.GetStatisticsAsync(cancellationToken) : null;
        return _rates.Apply(new QueueReport
        {
            Statistics = statistics,
            OldestAge = statistics.Kind == QueueKind.DeadLetter ? null : await OldestAgeAsync(statistics, cancellationToken),
            DeadLetters = isWork ? dead?.Ready ?? 0 : null,
        });
    }

    /// <summary>Messages kept for replay do not count, so that with such ones each state is asked for by itself.</summary>
    private async Task<TimeSpan?> OldestAgeAsync(QueueStatistics statistics, CancellationToken cancellationToken)
    {
        var states = new List<MessageState?>();
        if (statistics.Retained == 0 && statistics.Ready + statistics.Scheduled + statistics.InFlight > 0)
        {
            states.Add(null);
        }
        else
        {
            if (statistics.Ready > 0) states.Add(MessageState.Ready);
            if (statistics.Scheduled > 0) states.Add(MessageState.Scheduled);
            if (statistics.InFlight > 0) states.Add(MessageState.InFlight);
        }

        var queue = Find(statistics.Kind, statistics.Name);
        DateTimeOffset? oldest = null;
        foreach (var state in states)
        {
            foreach (var message in await queue.BrowseAsync(new BrowseOptions { State = state, Limit = 1 }, cancellationToken))
                if (oldest is null || message.EnqueuedAt < oldest) oldest = message.EnqueuedAt;
        }

        if (oldest is not { } since) return null;
        var age = _time.GetUtcNow() - since;
        return age < TimeSpan.Zero ? TimeSpan.Zero : age;
    }
}
