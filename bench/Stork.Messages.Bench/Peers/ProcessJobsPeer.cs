using System.Buffers.Binary;
using System.Collections;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stork.Bench.Scenarios;
using Stork.Queues.Bench.Peers;

namespace Stork.Messages.Bench.Peers;

/// <summary>A work queue whose producers and consumer are code of one application: this process.</summary>
internal sealed class ProcessJobsPeer : IQueuePeer
{
    private const int Concurrency = 2;
    private const int Prefetch = 1024;

    private static readonly string s_text = Payload.Text(150);

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;
    private WorkQueue<Job> _queue = null!;
    private BitArray _seen = null!;
    private int _handedOver;
    private int _left;

    public string Name => "Stork in process";

    public bool Synced => true;

    public int Pipeline => 8;

    public string Shape =>
        $"default options, in an application with nothing else; {Pipeline} batches outstanding (EnqueueManyAsync), "
        + "typed jobs of about 200 bytes as JSON, a delegate as consumer "
        + $"(Concurrency {Concurrency}, Prefetch {Prefetch}) that gets them as objects";

    public async Task StartAsync(string directory, Workload workload)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO(options => options.DataDirectory = directory);
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        var io = _app.MapSocketIO();
        await _app.StartAsync();
        _queue = io.Queue<Job>("jobs");
        _seen = new BitArray(workload.Messages);
    }

    public Task EnqueueAsync(ReadOnlyMemory<int> inboxes, ReadOnlyMemory<byte> body)
    {
        var at = BinaryPrimitives.ReadInt64LittleEndian(body.Span);
        var jobs = new Job[inboxes.Length];
        for (var i = 0; i < jobs.Length; i++) jobs[i] = new Job { Number = _handedOver++, At = at, Text = s_text };
        return jobs.Length == 1 ? _queue.EnqueueAsync(jobs[0]) : _queue.EnqueueManyAsync(jobs);
    }

    public Task PrepareCyclesAsync(Workload workload)
    {
        _left = workload.Messages;
        var clock = workload.Clock?.NewConsumer();
        var gate = new Lock();
        return _queue.Consume(
            (context, _) =>
            {
                lock (gate) Take(context.Job, clock);
                return Task.CompletedTask;
            },
            new QueueConsumerOptions { Concurrency = Concurrency, Prefetch = Prefetch }).Started;
    }

    public async Task CycleAsync(Workload workload)
    {
        await Producer.RunAsync(this, workload);
        await _done.Task;
        while (await _queue.Queue.GetStatisticsAsync() is { Ready: > 0 } or { InFlight: > 0 }) await Task.Yield();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private void Take(Job job, SettlementClock.Consumer? clock)
    {
        if (job.Text != s_text || _seen[job.Number]) _done.TrySetException(new BenchmarkException($"job {job.Number} came wrong or twice"));
        _seen[job.Number] = true;
        Span<byte> stamp = stackalloc byte[SettlementClock.StampBytes];
        BinaryPrimitives.WriteInt64LittleEndian(stamp, job.At);
        clock?.Delivered(stamp);
        clock?.Settled();
        if (--_left == 0) _done.TrySetResult();
    }
}
