using System.Text.Json;
using Stork.Queues;

namespace Stork.Samples.Workers;

/// <summary>
/// Looks into the queues a few times a second, without taking anything, and tells the operators' pages when something has changed.
/// </summary>
internal sealed class StatusBoard(SocketIOServer io, WorkerRegistry workers, TimeProvider time) : BackgroundService
{
    private const string Watchers = "watchers";
    private const int Shown = 30;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>What the documents on the board are called, so that each body is read once.</summary>
    private Dictionary<Guid, Title> _titles = [];
    private byte[] _latest = [];
    private BoardState? _state;

    public async Task AddWatcherAsync(Socket socket)
    {
        if (!socket.Handshake.User.IsInRole(AccessKeys.Operator)) return;
        await socket.JoinAsync(Watchers);
        if (_state is { } state) await socket.EmitAsync("board", state);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var state = await ReadStateAsync();
            var written = JsonSerializer.SerializeToUtf8Bytes(state, JsonSerializerOptions.Web);
            if (written.AsSpan().SequenceEqual(_latest)) continue;
            (_state, _latest) = (state, written);
            await io.To(Watchers).EmitAsync("board", state);
        }
    }

    private async Task<BoardState> ReadStateAsync()
    {
        var (documents, results) = (io.Queue<Document>("documents").Queue, io.Queue<Result>("results").Queue);
        var counts = await documents.GetStatisticsAsync();
        var waiting = await documents.BrowseAsync(new BrowseOptions { Limit = Shown });
        var dead = await documents.DeadLetters.BrowseAsync(new BrowseOptions { Limit = Shown });
        var deadCount = (await documents.DeadLetters.GetStatisticsAsync())?.Ready ?? 0;
        var newest = (await results.GetStatisticsAsync())?.Enqueued ?? 0;
        var done = await results.BrowseAsync(new BrowseOptions { FromSequence = newest - Shown + 1, Limit = Shown, WithBody = true });

        var titles = new Dictionary<Guid, Title>();
        foreach (var message in waiting) titles[message.Id] = await TitleAsync(documents, message);
        foreach (var message in dead) titles[message.Id] = await TitleAsync(documents.DeadLetters, message);
        _titles = titles;

        var jobs = waiting.Select(message => Describe(message, titles[message.Id])).ToList();
        return new BoardState(
            workers.Fixed,
            (counts?.Ready ?? 0) + (counts?.Scheduled ?? 0),
            counts?.InFlight ?? 0,
            counts?.Acked ?? 0,
            deadCount,
            [.. workers.Workers.Select(name => new WorkerView(name, jobs.Find(job => job.By == name)?.Name))],
            jobs,
            [.. done.Reverse().Select(static message => Read<Result>(message.Body!)).OfType<Result>()],
            [.. dead.Select(message => DescribeDead(message, titles[message.Id].Name))]);
    }

    private JobView Describe(MessageInfo message, Title title)
    {
        var by = message.State == MessageState.InFlight ? workers.WorkerOf(message.Id) : null;
        var state = JsonNamingPolicy.CamelCase.ConvertName(message.State.ToString());
        return new JobView(message.Id, title.Name, title.Poison, state, by, message.FailureCount, message.DueAt);
    }

    private DeadView DescribeDead(MessageInfo message, string name)
    {
        var letter = message.DeadLetter!;
        var attempts = letter.Attempts.Select(past => new AttemptView(past.EndedAt, past.Outcome, workers.NameOf(past.Owner), past.Error));
        return new DeadView(message.Id, name, letter.Reason.ToString(), letter.Error, [.. attempts]);
    }

    private async Task<Title> TitleAsync(MessageQueue queue, MessageInfo message)
    {
        if (_titles.TryGetValue(message.Id, out var known)) return known;
        var found = await queue.BrowseAsync(new BrowseOptions { FromSequence = message.Sequence, Limit = 1, WithBody = true });
        return (found is [{ Body: { } body } first] && first.Id == message.Id ? Read<Title>(body) : null) ?? new Title("…", false);
    }

    /// <summary>
    /// A job's body is JSON, with the binary data behind it. Null if it cannot be read: whatever somebody hands in, the board goes on.
    /// </summary>
    private static T? Read<T>(byte[] body)
        where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var json = JsonDocument.ParseValue(ref reader);
            return json.RootElement.Deserialize<T>(JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Title(string Name, bool Poison);
}
