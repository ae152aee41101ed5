using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Faults;

/// <summary>
/// The process that is killed: producers that number their messages, workers that write a result in one batch with the acknowledgement, and
/// an inbox whose messages are acknowledged by themselves. What it was told it reports at once, in lines of a verb and numbers.
/// </summary>
internal sealed class KillChild
{
    public const string Command = "kill-child";
    public const int Producers = 3;
    public const int NotReached = 3;

    /// <summary>Messages of a producer after which a point that was not met never will be.</summary>
    private const int MaxMessages = 600;

    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Lock _gate = new();
    private readonly FaultTrigger _trigger;
    private readonly QueueStore _store;

    private KillChild(QueueStore store, FaultTrigger trigger)
    {
        _store = store;
        _trigger = trigger;
    }

    public static QueueStoreOptions Options { get; } = new()
    {
        SegmentSize = QueueStoreOptions.MinSegmentSize,
        MinFreeBytes = 0,
        FlushInterval = TimeSpan.FromMilliseconds(5),
        Configure = static (kind, _) => kind switch
        {
            QueueKind.Inbox => QueueOptions.Inbox with { Backoff = TimeSpan.Zero, TimeToLive = null },
            QueueKind.Work => QueueOptions.Work with { Backoff = TimeSpan.Zero },
            _ => null,
        },
    };

    /// <summary>What the directory's life so far must have left: the last number each producer was told.</summary>
    public static async Task<int> RunAsync(string directory, string point, string hit, string[] told)
    {
        var trigger = new FaultTrigger(Enum.Parse<FaultPoint>(point), int.Parse(hit, CultureInfo.InvariantCulture));
        await using var store = await QueueStore.OpenAsync(directory, Options, path => new FaultyDisk(new FileDisk(path), trigger));
        await new KillChild(store, trigger).RunAsync([.. told.Select(static t => long.Parse(t, CultureInfo.InvariantCulture))]);
        return NotReached;
    }

    public static byte[] Body(long id)
    {
        var body = new byte[8 + (int)(id * 37 % 900)];
        new Random((int)(id % int.MaxValue)).NextBytes(body);
        BinaryPrimitives.WriteInt64LittleEndian(body, id);
        return body;
    }

    public static long Id(ReadOnlySpan<byte> body) => BinaryPrimitives.ReadInt64LittleEndian(body);

    public static long Id(int producer, long number) => (producer * 1_000_000_000L) + number;

    private async Task RunAsync(long[] told)
    {
        _ = WorkAsync(1);
        _ = WorkAsync(2);
        _ = AcknowledgeAsync();
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(p => ProduceAsync(p, told[p])));
    }

    /// <summary>Begins with the number after the last one told, which may be stored already: then it must be recognised.</summary>
    private async Task ProduceAsync(int producer, long told)
    {
        var queue = producer == 0 ? _store.Inbox("user") : _store.Queue("jobs");
        for (var number = told + 1; number <= told + MaxMessages; number++)
        {
            var id = Id(producer, number);
            var message = new Message(Body(id)) { Producer = "p" + producer, ProducerSequence = number };
            if (producer == 1 && number % 4 == 0) message = message with { Key = "k" + (number % 3) };
            await queue.EnqueueAsync(message);
            _trigger.Meet(FaultPoint.BeforeTold);
            Report("stored", producer, number);
            _trigger.Meet(FaultPoint.AfterTold);
        }
    }

    private async Task WorkAsync(int worker)
    {
        var results = _store.Queue("results");
        await using var consumer = await _store.Queue("jobs").SubscribeAsync(
            new SubscriptionOptions { MaxInFlight = 4, Owner = "w" + worker });
        await foreach (var job in consumer.ReadAllAsync())
        {
            Received(job);
            await _store.CreateBatch().Ack(job).Enqueue(results, new Message(job.Body[..8])).CommitAsync();
            _trigger.Meet(FaultPoint.AfterSettle);
            Report("done", Id(job.Body.Span), 0);
        }
    }

    private async Task AcknowledgeAsync()
    {
        await using var consumer = await _store.Inbox("user").SubscribeAsync(
            new SubscriptionOptions { MaxInFlight = 8, Owner = "user", Remote = true });
        await foreach (var delivery in consumer.ReadAllAsync())
        {
            Received(delivery);
            var id = Id(delivery.Body.Span);
            if (id % 11 == 5 && !delivery.Redelivered)
            {
                await delivery.NackAsync(error: "not yet");
                continue;
            }

            if (id % 23 == 7)
            {
                Report("rejecting", id, 0);
                await delivery.RejectAsync("never");
                continue;
            }

            Report("acking", id, 0);
            await delivery.AckAsync();
            _trigger.Meet(FaultPoint.AfterSettle);
            Report("done", id, 0);
        }
    }

    private void Received(Delivery delivery)
    {
        Report("got", Id(delivery.Body.Span), delivery.AckId);
        if (!delivery.Body.Span.SequenceEqual(Body(Id(delivery.Body.Span)))) Report("garbled", Id(delivery.Body.Span), 0);
        _trigger.Meet(FaultPoint.InHandler);
        _trigger.Meet(FaultPoint.BeforeSettle);
    }

    /// <summary>A line is in the pipe, and so survives this process, when this returns.</summary>
    private void Report(string verb, long first, long second)
    {
        var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{verb} {first} {second}\n"));
        lock (_gate)
        {
            _output.Write(line);
            _output.Flush();
        }
    }
}
