using System.Text;

namespace Stork.Queues.Tests;

/// <summary>
/// A program with a user interface has one thread that draws and runs continuations. Where it blocks for the store,
/// the store must not need it.
/// </summary>
public sealed class UserInterfaceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("stork-ui").FullName;

    [Fact]
    public async Task Whatever_is_asked_of_a_store_completes_while_the_thread_that_asked_is_blocked()
    {
        var context = new BlockedThread();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            try
            {
                UseStore();
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        }) { IsBackground = true }.Start();

        var first = await Task.WhenAny(done.Task, context.Asked);
        first.ShouldBe(done.Task, "the store waits for the thread that waits for it");
        await done.Task;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>Every member that completes later, blocking for each.</summary>
    private void UseStore()
    {
        var options = new QueueStoreOptions { SegmentSize = QueueStoreOptions.MinSegmentSize, MinFreeBytes = 0, Shards = 2 };
        var path = Path.Combine(_directory, "store");
        var store = Wait(QueueStore.OpenAsync(path, options));
        var queue = store.Queue("jobs");
        Wait(queue.CheckAsync(Text("m")));
        Wait(queue.EnqueueAsync(Text("m")));
        Wait(queue.EnqueueAsync([Text("m"), Text("m"), Text("m"), Text("m"), Text("m"), Text("m")]));
        Wait(store.CreateBatch().Enqueue(queue, Text("m") with { DedupId = "id" }).CommitAsync());
        Settle(store, queue);
        Wait(queue.GetStatisticsAsync());
        Wait(queue.BrowseAsync());
        Wait(queue.FindAsync("id"));
        Wait(queue.PauseAsync());
        Wait(queue.ResumeAsync());
        Wait(queue.SeekAsync(1));
        Wait(queue.DeadLetters.RedriveAsync(perSecond: 1000));
        Wait(store.Inbox("user").UnregisterDeviceAsync("none"));
        Wait(store.ReserveAckIdsAsync(3));
        Wait(store.ListQueuesAsync());
        Wait(store.ListQueuesAsync(QueueKind.Work));
        using (var ended = new CancellationTokenSource())
        {
            Wait(queue.ProcessAsync(
                async (_, _) =>
                {
                    await Task.Yield();
                    await ended.CancelAsync().ConfigureAwait(false);
                },
                cancellationToken: ended.Token));
        }

        Wait(queue.PurgeAsync());
        Wait(store.BackupAsync(Path.Combine(_directory, "copy")));
        Wait(store.DisposeAsync().AsTask());
        UseTools(path);
    }

    private static void Settle(QueueStore store, MessageQueue queue)
    {
        var subscription = Wait(queue.SubscribeAsync(new SubscriptionOptions { MaxInFlight = 2, Owner = "me" }));
        Wait(Wait(subscription.ReceiveAsync().AsTask()).AckAsync());
        Wait(Wait(subscription.ReceiveAsync().AsTask()).NackAsync());
        Wait(Wait(subscription.ReceiveAsync().AsTask()).RejectAsync("no"));
        Wait(Wait(subscription.ReceiveAsync().AsTask()).ReleaseAsync());
        var enumerator = subscription.ReadAllAsync().GetAsyncEnumerator();
        Wait(enumerator.MoveNextAsync().AsTask()).ShouldBeTrue();
        Wait(enumerator.Current.ExtendAsync());
        Wait(store.FindQueueAsync(enumerator.Current.AckId, "me"));
        Wait(store.AckAsync(enumerator.Current.AckId, "me"));
        Wait(enumerator.DisposeAsync().AsTask());
        Wait(subscription.DisposeAsync().AsTask());
        Wait(Wait(queue.SubscribeAsync()).DisconnectAsync());
        Wait(Wait(queue.SubscribeAsync()).LeaveAsync());
    }

    private void UseTools(string path)
    {
        Wait(QueueStoreTools.VerifyAsync(path)).IsSound.ShouldBeTrue();
        Wait(QueueStoreTools.SalvageAsync(path, Path.Combine(_directory, "salvaged")));
        Wait(QueueStoreTools.BackupAsync(path, Path.Combine(_directory, "backup")));
        Wait(QueueStoreTools.DumpAsync(path, new StringWriter()));
    }

    private static Message Text(string body) => new(Encoding.UTF8.GetBytes(body));

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    /// <summary>Never runs anything, as its thread never comes to it.</summary>
    private sealed class BlockedThread : SynchronizationContext
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when somebody wanted something run.</summary>
        public Task Asked => _asked.Task;

        public override void Post(SendOrPostCallback d, object? state) => _asked.TrySetResult();

        public override void Send(SendOrPostCallback d, object? state) => _asked.TrySetResult();
    }
}
