using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stork.Tests.Clients;
using Stork.Tests.Durable.WorkQueues;

namespace Stork.Tests.Hosting;

/// <summary>Whatever happens to what is logged, measured and traced, the work goes on.</summary>
public sealed class BestEffortTests
{
    private static readonly Func<Exception>[] Failures =
        [static () => new InvalidOperationException("as some do"), static () => new SpeechlessException()];

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public async Task A_consumer_takes_the_next_job_whatever_a_handler_throws_and_the_log_does(int failure, bool isLogBroken)
    {
        var log = new BrokenLog();
        await using var app = await QueueApp.StartAsync(
            o => o.ConfigureQueue("numbers", q => q with { MaxFailures = 0 }),
            services: s =>
            {
                if (isLogBroken) s.AddSingleton<ILoggerProvider>(log);
            });
        var queue = app.IO.Queue<int>("numbers");
        var done = new ConcurrentQueue<int>();
        queue.Consume(
            async (context, _) =>
            {
                if (context.Job % 2 == 1) await Task.Yield();
                if (context.Job < 4) throw Failures[failure]();
                done.Enqueue(context.Job);
            },
            new QueueConsumerOptions { Concurrency = 1 });
        await queue.EnqueueManyAsync([1, 2, 3, 4, 5]);
        await app.Until("numbers", s => s is { Acked: 2, DeadLettered: 3 }, "the jobs behind those that failed were done");
        done.ShouldBe([4, 5]);
        var dead = await queue.Queue.DeadLetters.BrowseAsync();
        dead.ShouldAllBe(d => d.DeadLetter!.Error!.StartsWith(Failures[failure]().GetType().Name));
        if (isLogBroken) log.Calls.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(0, true, false)]
    [InlineData(0, true, true)]
    [InlineData(1, true, true)]
    [InlineData(1, false, false)]
    [InlineData(1, false, true)]
    public async Task A_socket_handles_the_next_event_whatever_a_handler_throws_and_the_log_does(
        int failure, bool isLogBroken, bool isCaughtByAll)
    {
        await using var pair = await Pair.ConnectAsync(services: s =>
        {
            if (isLogBroken) s.AddSingleton<ILoggerProvider>(new BrokenLog());
        });
        if (isCaughtByAll) pair.Socket.OnAny(_ => throw Failures[failure]());
        pair.Socket.On("fail", void () => throw Failures[failure]());
        pair.Socket.On("fail later", async () =>
        {
            await Task.Yield();
            throw Failures[failure]();
        });
        for (var i = 0; i < 3; i++)
        {
            (await pair.AskAsync("[\"fail\"]")).ShouldContain("handler_failed");
            (await pair.AskAsync("[\"fail later\"]")).ShouldContain("handler_failed");
        }

        await pair.ShouldLive();
        pair.Log.Of(20).Count().ShouldBeGreaterThanOrEqualTo(6);
    }

    [Fact]
    public async Task A_stop_ends_every_connection_though_the_log_is_broken()
    {
        await using var app = await StorkApp.StartAsync(services: s => s.AddSingleton<ILoggerProvider>(new BrokenLog()));
        var reasons = new ConcurrentQueue<DisconnectReason>();
        app.IO.OnConnection(socket => socket.OnDisconnect(reasons.Enqueue));
        await using var webSocket = await WebSocketClient.OpenAsync(app);
        await webSocket.JoinAsync();
        await using var other = await WebSocketClient.OpenAsync(app);
        await other.JoinAsync();
        var stopping = app.StopAsync();
        (await webSocket.ReceiveRestAsync()).ShouldBeEmpty();
        (await other.ReceiveRestAsync()).ShouldBeEmpty();
        await stopping;
        await Waiting.Until(() => reasons.Count == 2, "the disconnect handlers were called");
        reasons.ShouldAllBe(reason => reason == DisconnectReason.ServerShuttingDown);
    }

    [Fact]
    public async Task An_exception_that_cannot_be_printed_is_logged_by_its_name()
    {
        var printed = new PrintingLog();
        await using var pair = await Pair.ConnectAsync(services: s => s.AddSingleton<ILoggerProvider>(printed));
        pair.Socket.On("fail", void () => throw new SpeechlessException());
        (await pair.AskAsync("[\"fail\"]")).ShouldContain("handler_failed");
        printed.Lines.ShouldContain(line => line.Contains("handler of \"fail\"") && line.Contains(nameof(SpeechlessException)));
    }

    [Fact]
    public async Task Meters_and_traces_that_throw_hold_up_neither_jobs_nor_events()
    {
        using var meters = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Stork") listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<long>(static (_, _, tags, _) => ThrowFor(tags));
        meters.SetMeasurementEventCallback<double>(static (_, _, tags, _) => ThrowFor(tags));
        meters.Start();
        using var traces = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Stork",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = static activity => Throw(activity.DisplayName.EndsWith("broken meters", StringComparison.Ordinal)),
        };
        ActivitySource.AddActivityListener(traces);
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("broken meters");
        queue.Consume((_, _) => Task.CompletedTask, new QueueConsumerOptions { Concurrency = 1 });
        for (var i = 0; i < 3; i++) await queue.EnqueueAsync(i);
        await app.Until("broken meters", s => s.Acked == 3, "all jobs were done");

        static void ThrowFor(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (_, value) in tags) Throw(value is "broken meters");
        }

        static void Throw(bool isMine)
        {
            if (isMine) throw new InvalidOperationException("The meter is broken.");
        }
    }

    /// <summary>Prints exceptions, as the console does.</summary>
    private sealed class PrintingLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
