using Microsoft.Extensions.Logging;
using Stork.Queues.Tests.Faults;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests;

/// <summary>The application's own code, called by the store: whatever it does, the store goes on.</summary>
public sealed class ApplicationCodeTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-app-" + Guid.NewGuid().ToString("N"));
    private readonly ManualResetEventSlim _end = new();

    public void Dispose()
    {
        _end.Set();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
        _end.Dispose();
    }

    [Fact]
    public async Task Handlers_that_block_run_as_many_at_once_as_may_and_their_caller_goes_on()
    {
        await using var store = await OpenInMemoryAsync();
        var queue = store.Queue("jobs");
        for (var i = 0; i < 4; i++) await queue.EnqueueAsync(new byte[1]);
        var inside = new CountdownEvent(4);
        using var stop = new CancellationTokenSource();
        // Wrapped, as a task of a task would be waited for to its end.
        var calling = Task.Run(() => new[] { queue.ProcessAsync(
            (_, _) =>
            {
                inside.Signal();
                _end.Wait(2 * Limit, CancellationToken.None);
                return Task.CompletedTask;
            },
            new SubscriptionOptions { MaxInFlight = 8 },
            cancellationToken: stop.Token) });
        var processing = (await calling.WaitAsync(Limit, TimeProvider.System))[0];
        inside.Wait(Limit).ShouldBeTrue("all four messages are being processed");
        _end.Set();
        await UntilAsync(async () => (await queue.GetStatisticsAsync())!.Acked == 4, "all were acknowledged");
        await stop.CancelAsync();
        await processing.WaitAsync(Limit, TimeProvider.System);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_fails_tells_its_producers_whatever_the_log_and_OnFailed_do(bool blocks)
    {
        using var disk = new SlowDisk(new MemoryDisk());
        var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new QueueStoreOptions
        {
            SegmentSize = 1 << 20,
            MinFreeBytes = 0,
            Logger = new BrokenLogger(),
            OnFailed = failure =>
            {
                told.SetResult(failure);
                if (blocks) _end.Wait(2 * Limit, CancellationToken.None);
                else throw new InvalidOperationException("OnFailed is broken, too.");
            },
        };
        await using var store = await QueueStore.OpenAsync(_directory, options, _ => disk);
        disk.Close();
        var storing = store.Queue("jobs").EnqueueAsync(new byte[1]);
        await disk.ReachedAsync();
        disk.LetOnePass(fails: true);
        (await Should.ThrowAsync<QueueException>(storing.WaitAsync(Limit, TimeProvider.System))).Code.ShouldBe(QueueErrorCode.StoreFailed);
        await told.Task.WaitAsync(Limit, TimeProvider.System);
        var next = store.Queue("jobs").EnqueueAsync(new byte[1]).WaitAsync(Limit, TimeProvider.System);
        (await Should.ThrowAsync<QueueException>(next)).Code.ShouldBe(QueueErrorCode.StoreFailed);
        _end.Set();
    }

    [Fact]
    public async Task An_exception_whose_message_throws_concerns_the_one_queue_or_message_it_is_about()
    {
        await using var store = await OpenInMemoryAsync(static (_, name) => name switch
        {
            "broken" => throw new SpeechlessException(),
            "called" => QueueOptions.Work with { MaxFailures = 0 },
            _ => null,
        });
        (await Should.ThrowAsync<QueueException>(store.Queue("broken").EnqueueAsync(new byte[1]))).Code.ShouldBe(QueueErrorCode.Invalid);

        var queue = store.Queue("called");
        await queue.EnqueueAsync(new byte[1]);
        await using (await queue.SubscribeAsync(null, static _ => throw new SpeechlessException()))
            await UntilAsync(async () => (await queue.GetStatisticsAsync())!.DeadLettered == 1, "the message was dead");

        var processed = store.Queue("called");
        await processed.EnqueueAsync(new byte[1]);
        using var stop = new CancellationTokenSource();
        var processing = processed.ProcessAsync(static (_, _) => throw new SpeechlessException(), cancellationToken: stop.Token);
        await UntilAsync(async () => (await processed.GetStatisticsAsync())!.DeadLettered == 2, "this one, too");
        await stop.CancelAsync();
        await processing;
        store.Health.IsHealthy.ShouldBeTrue();
        var dead = await queue.DeadLetters.BrowseAsync();
        dead[1].DeadLetter!.Error!.ShouldStartWith(nameof(SpeechlessException));
    }

    private static Task<QueueStore> OpenInMemoryAsync(Func<QueueKind, string, QueueOptions?>? configure = null) =>
        QueueStore.OpenAsync("", new QueueStoreOptions
        {
            Durability = Durability.Memory,
            SegmentSize = 1 << 20,
            MinFreeBytes = 0,
            Configure = configure,
        });

    private static async Task UntilAsync(Func<Task<bool>> condition, string awaited)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Limit) throw new TimeoutException($"Waited {Limit} until {awaited}.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    private sealed class SpeechlessException : Exception
    {
        public override string Message => throw new NotSupportedException("no words");

        public override string ToString() => throw new NotSupportedException("no text");
    }

    private sealed class BrokenLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel > LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("The log's disk is full.");
    }
}
