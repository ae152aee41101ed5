using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class TelemetryTests
{
    [Fact]
    public async Task A_consumers_trace_continues_its_producers()
    {
        // Names of its own, as other tests run at the same time.
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Stork" or "Test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("Test");
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("traced");
        var failed = 0;
        queue.Consume((_, _) => Interlocked.Increment(ref failed) == 1 ? throw new FormatException("first") : Task.CompletedTask);
        ActivityTraceId trace;
        using (var request = source.StartActivity("request")!)
        {
            trace = request.TraceId;
            await queue.EnqueueAsync(1);
        }

        await app.PassUntil(() => spans.Count(s => s.DisplayName == "process traced") == 2, "the job was processed twice");
        var mine = spans.Where(s => s.TraceId == trace && s.Source.Name == "Stork").ToList();
        var send = mine.Single(s => s.DisplayName == "send traced");
        send.Kind.ShouldBe(ActivityKind.Producer);
        var processed = mine.Where(s => s.DisplayName == "process traced").OrderBy(s => s.StartTimeUtc).ToList();
        processed.Count.ShouldBe(2);
        processed.ShouldAllBe(s => s.Kind == ActivityKind.Consumer && s.ParentSpanId == send.SpanId);
        processed[0].Status.ShouldBe(ActivityStatusCode.Error);
        processed[0].GetTagItem("error.type").ShouldBe("System.FormatException");
        processed[1].GetTagItem("messaging.destination.name").ShouldBe("traced");
        processed[1].GetTagItem("messaging.message.id").ShouldBe(send.GetTagItem("messaging.message.id"));
    }

    [Theory]
    [InlineData(29, false, 10, new[] { "traceparent", "tracestate", "baggage" })]
    [InlineData(29, false, 4100, new[] { "traceparent", "tracestate" })]
    [InlineData(30, false, 10, new[] { "traceparent", "tracestate" })]
    [InlineData(30, true, 10, new[] { "traceparent" })]
    [InlineData(31, true, 10, new string[0])]
    [InlineData(32, false, 10, new string[0])]
    public async Task What_does_not_fit_of_a_trace_is_left_out_and_the_job_stored(
        int headers, bool hasBinary, int baggageBytes, string[] traced)
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<Thumbnail>("thumbnails");
        var mine = Enumerable.Range(0, headers).ToDictionary(i => $"mine-{i}", i => $"{i}");
        var baggage = new string('b', baggageBytes);
        using (var request = new Activity("request") { TraceStateString = "vendor=1" }.AddBaggage("user", baggage).Start())
            await queue.EnqueueAsync(new Thumbnail("a.png") { Pixels = hasBinary ? [1] : null }, new EnqueueOptions { Headers = mine });
        var got = new TaskCompletionSource<DeliveryContext<Thumbnail>>();
        queue.Consume((context, _) =>
        {
            got.SetResult(context);
            return Task.CompletedTask;
        });
        var stored = (await got.Task.Within("the job")).Headers;
        stored.Keys.Except([.. mine.Keys, "stork.attachments"]).ShouldBe(traced, ignoreOrder: true);
        mine.ShouldAllBe(header => stored[header.Key] == header.Value);
    }

    [Fact]
    public async Task Handlers_are_measured_by_queue_and_outcome()
    {
        var measured = new ConcurrentBag<(string Queue, string Outcome)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Stork" && instrument.Name == "messaging.process.duration") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            var all = tags.ToArray().ToDictionary(t => t.Key, t => (string)t.Value!);
            if (all["messaging.destination.name"] == "measured") measured.Add((all["messaging.destination.name"], all["stork.outcome"]));
        });
        listener.Start();
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("measured");
        queue.Consume((context, _) => context.Job == 2 && context.FailureCount == 0 ? throw new FormatException() : Task.CompletedTask);
        await queue.EnqueueManyAsync([1, 2]);
        await app.PassUntil(() => measured.Count == 3, "three handlers had ended");
        measured.Select(m => m.Outcome).Order().ShouldBe(["ack", "ack", "nack"]);
    }

    [Fact]
    public async Task The_health_check_says_how_the_store_is()
    {
        await using var app = await QueueApp.StartAsync(services: s => s.AddHealthChecks().AddStorkStore());
        var checks = app.Services.GetRequiredService<HealthCheckService>();
        (await checks.CheckHealthAsync()).Entries["stork store"].Status.ShouldBe(HealthStatus.Healthy);
        // A clock that jumps while the monotonic one does not.
        app.Time.JumpWall(TimeSpan.FromDays(400));
        await app.IO.Queue<int>("numbers").EnqueueAsync(1);
        var entry = (await checks.CheckHealthAsync()).Entries["stork store"];
        entry.Status.ShouldBe(HealthStatus.Degraded);
        entry.Description!.ShouldContain("clock");
    }

    [Fact]
    public async Task The_health_check_fails_without_a_store()
    {
        await using var app = await QueueApp.StartAsync(
            o => o.DataDirectory = null, s => s.AddHealthChecks().AddStorkStore(failureStatus: HealthStatus.Degraded));
        var report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        report.Status.ShouldBe(HealthStatus.Degraded);
    }
}
