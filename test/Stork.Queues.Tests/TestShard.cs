using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues.Tests;

/// <summary>A shard over a simulated disk and clock, driven step by step: what takes 30 seconds takes none here.</summary>
internal sealed class TestShard : IDisposable
{
    private readonly Dictionary<string, QueueOptions> _options = [];
    /// <summary>The wall clock at the beginning, Unix milliseconds.</summary>
    public const long Start = 1_800_000_000_000;

    public static readonly Guid Store = new("0192f0c1-2f6b-7aaa-8bbb-0123456789ac");

    private long _wall = Start;
    private long _monotonic = 1000;
    private long _slept;

    public TestShard(params (string Queue, QueueOptions Options)[] options)
    {
        foreach (var (queue, its) in options) _options[queue] = its;
        Open();
    }

    public SimDisk Disk { get; } = new(1);

    /// <summary>Counts for the next opening.</summary>
    public long SnapshotBytes { get; set; }

    /// <summary>Counts for the next opening.</summary>
    public int SnapshotEntriesPerTurn { get; set; } = 1000;

    /// <summary>Counts for the next opening.</summary>
    public int SegmentSize { get; set; } = 128 * 1024;

    public Shard Shard { get; private set; } = null!;

    /// <summary>For the next run.</summary>
    public Durability Durability { get; set; }

    /// <summary>For the next run.</summary>
    public AckIdRange AckIds { get; set; } = AckIdRange.ForShard(0, 1);

    public ShardCore Core => Shard.Core;

    /// <summary>The wall clock.</summary>
    public DateTimeOffset Wall => DateTimeOffset.FromUnixTimeMilliseconds(_wall);

    /// <summary>Turns so far that <see cref="Pass"/> took because the shard had asked for them.</summary>
    public int TurnsTaken { get; private set; }

    public static string Text(Delivery delivery) => Encoding.UTF8.GetString(delivery.Body.Span);

    public static Message Message(string body) => new(Encoding.UTF8.GetBytes(body));

    public EnqueueReceipt Enqueue(string queue, string body) => Enqueue(queue, Message(body));

    public EnqueueReceipt Enqueue(string queue, Message message) => Enqueue((queue, message))[0];

    public EnqueueReceipt[] Enqueue(params (string Queue, Message Message)[] messages)
    {
        var command = new EnqueueCommand([.. messages.Select(m => PreparedMessage.Create(Address(m.Queue), m.Message))], []);
        return Do(command, command.Task);
    }

    public EnqueueReceipt[] Commit((string Queue, Message Message)[] messages, params (Delivery Delivery, bool Fenced)[] acknowledged)
    {
        var command = new EnqueueCommand(
            [.. messages.Select(m => PreparedMessage.Create(Address(m.Queue), m.Message))],
            [.. acknowledged.Select(a => (a.Delivery.Attempt, a.Fenced))]);
        return Do(command, command.Task);
    }

    public TestConsumer Subscribe(string queue, SubscriptionOptions? options = null)
    {
        var consumer = new TestConsumer(Shard);
        consumer.State = Ask(core => core.Subscribing.Subscribe(Address(queue), options ?? new SubscriptionOptions(), consumer));
        return consumer;
    }

    public SettleOutcome Ack(Delivery delivery) => Settle(delivery, new Settlement(SettlementKind.Ack));

    public SettleOutcome Nack(Delivery delivery, long? delay = null, string? error = null) =>
        Settle(delivery, new Settlement(SettlementKind.Nack, delay, error));

    public SettleOutcome Release(Delivery delivery) => Settle(delivery, new Settlement(SettlementKind.Release));

    public SettleOutcome Reject(Delivery delivery, string? error = null) =>
        Settle(delivery, new Settlement(SettlementKind.Reject, null, error));

    public SettleOutcome Extend(Delivery delivery, long? duration = null) =>
        Settle(delivery, new Settlement(SettlementKind.Extend, duration));

    public SettleOutcome Settle(Delivery delivery, Settlement settlement)
    {
        var command = new SettleCommand(delivery.Attempt, settlement, delivery.Fenced);
        return Do(command, command.Task);
    }

    public SettleOutcome AckById(int ackId, string owner)
    {
        var command = new SettleCommand(ackId, owner, new Settlement(SettlementKind.Ack));
        return Do(command, command.Task);
    }

    public T Ask<T>(Func<ShardCore, T> question)
    {
        var request = new Request<T>(question, _ => 30_000);
        return Do(request, request.Task);
    }

    public T AskQueue<T>(string queue, Func<ShardCore, QueueState, T> question) =>
        Ask(core => question(core, core.State.Find(Address(queue))!));

    public QueueStatistics Statistics(string queue) => AskQueue(queue, static (_, it) => Browsing.Describe(it));

    public List<MessageInfo> Browse(string queue, BrowseOptions? options = null) =>
        AskQueue(queue, (core, it) => core.Browsing.Browse(it, options ?? new BrowseOptions()));

    /// <summary>Lets time pass as a running shard sees it: with a turn whenever it asked for one.</summary>
    public void Pass(TimeSpan time)
    {
        var left = (long)time.TotalMilliseconds;
        for (var wait = Rest(); left > 0; wait = Rest())
        {
            var step = Math.Min(left, Math.Max(1, wait ?? left));
            _wall += step;
            _monotonic += step;
            left -= step;
            if (left > 0) TurnsTaken++;
        }
    }

    /// <summary>Lets time pass in which the process gets no turn: all that is due comes at once.</summary>
    public void StandStill(TimeSpan time)
    {
        _wall += (long)time.TotalMilliseconds;
        _monotonic += (long)time.TotalMilliseconds;
        Settle();
    }

    public void MoveWallClock(TimeSpan by)
    {
        _wall += (long)by.TotalMilliseconds;
        Settle();
    }

    /// <summary>Sets the wall clock, which nobody tells the shard.</summary>
    public void SetWallClock(DateTimeOffset time) => _wall = time.ToUnixTimeMilliseconds();

    /// <summary>The machine sleeps: neither timers nor the monotonic clock go on, and nobody tells the shard.</summary>
    public void Sleep(TimeSpan time)
    {
        _wall += (long)time.TotalMilliseconds;
        _slept += (long)time.TotalMilliseconds;
    }

    /// <summary>Turns until nothing is left to do now.</summary>
    public void Settle() => Rest();

    public void TurnOnce() => Shard.RunTurn(_wall, _monotonic, _slept);

    public void Submit(string queue, Message message) => _ = SubmitAndTell(queue, message);

    /// <summary>As <see cref="Submit"/>, and what becomes of it.</summary>
    public Task SubmitAndTell(string queue, Message message)
    {
        var command = new EnqueueOneCommand(PreparedMessage.Create(Address(queue), message));
        Shard.Submit(command);
        return command.Task;
    }

    public void Restart()
    {
        Shard.Close();
        Open();
    }

    public void Kill()
    {
        Disk.Kill();
        Open();
    }

    public void CutPower()
    {
        Disk.CutPower();
        Open();
    }

    /// <summary>Changes a queue's options for the next run.</summary>
    public void Configure(string queue, QueueOptions options) => _options[queue] = options;

    /// <summary>Runs something that the shard's thread would run.</summary>
    public void Do(Action<ShardCore> work) => Ask(core =>
    {
        work(core);
        return 0;
    });

    public void Open()
    {
        var options = new ShardOptions
        {
            Store = Store,
            SegmentSize = SegmentSize,
            AckIds = AckIds,
            Durability = Durability,
            Seed = 7,
            SnapshotBytes = SnapshotBytes,
            SnapshotEntriesPerTurn = SnapshotEntriesPerTurn,
            IdleInterval = 60_000,
            Configure = (_, name) => _options.GetValueOrDefault(name),
        };
        Shard = Shard.Open(Disk, options, new DiskCommit(Disk, NewEnd()), _wall, _monotonic, _slept);
        Settle();
    }

    /// <summary>Here it is on the same disk as the log.</summary>
    public EndFile NewEnd() => new(Disk, "00.end", Store, 0);

    public void Dispose() => Shard.Dispose();

    /// <summary>Inboxes are called "inbox:…", dead letters "….dlq", all else is a work queue.</summary>
    public static QueueAddress Address(string queue) =>
        new(
            queue.EndsWith(".dlq", StringComparison.Ordinal) ? QueueKind.DeadLetter
                : queue.StartsWith("inbox:", StringComparison.Ordinal) ? QueueKind.Inbox : QueueKind.Work, queue);

    private long? Rest()
    {
        for (var turns = 0; turns < 1000; turns++)
            if (Shard.RunTurn(_wall, _monotonic, _slept) is not 0L and var wait) return wait;
        throw new InvalidOperationException("The shard does not come to rest.");
    }

    private T Do<T>(Command command, Task<T> task)
    {
        Shard.Submit(command);
        Settle();
        task.IsCompleted.ShouldBeTrue("the command is carried out at once");
        return task.GetAwaiter().GetResult();
    }
}
