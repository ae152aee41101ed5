namespace Stork.Queues.Tests;

/// <summary>An application that is mistaken about the options of one queue.</summary>
public sealed class ConfigureTests
{
    [Fact]
    public async Task A_name_for_which_there_are_no_options_concerns_nobody_else()
    {
        var options = new QueueStoreOptions
        {
            Durability = Durability.Memory,
            Configure = static (_, name) => name switch
            {
                "throws" => throw new FormatException("There is no colon."),
                "invalid" => QueueOptions.Work with { MaxMessages = -1 },
                _ => null,
            },
        };
        await using var store = await QueueStore.OpenAsync("", options);
        await RefusedAsync(() => store.Queue("throws").EnqueueAsync(new byte[1]));
        await RefusedAsync(() => store.Queue("throws").SubscribeAsync());
        await RefusedAsync(() => store.Queue("invalid").EnqueueAsync(new byte[1]));
        await RefusedAsync(() => store.Queue("invalid").SubscribeAsync());
        (await store.Queue("fine").EnqueueAsync(new byte[1])).Sequence.ShouldBe(1);
        store.Health.IsHealthy.ShouldBeTrue();
    }

    [Fact]
    public async Task A_queue_that_exists_goes_on_with_the_defaults()
    {
        var directory = Directory.CreateTempSubdirectory("stork-queues-").FullName;
        try
        {
            var options = new QueueStoreOptions { SegmentSize = 1 << 20, MinFreeBytes = 0 };
            await using (var store = await QueueStore.OpenAsync(directory, options)) await store.Queue("jobs").EnqueueAsync(new byte[1]);

            var invalid = options with { Configure = static (_, _) => QueueOptions.Work with { MaxMessages = -1 } };
            await using var again = await QueueStore.OpenAsync(directory, invalid);
            await using var consumer = await again.Queue("jobs").SubscribeAsync();
            var delivery = await consumer.ReceiveAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
            (await delivery.AckAsync()).ShouldBe(SettleOutcome.Done);
            (await again.Queue("jobs").EnqueueAsync(new byte[1])).Sequence.ShouldBe(2);
            again.Health.IsHealthy.ShouldBeTrue();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RefusedAsync(Func<Task> attempt) =>
        (await Should.ThrowAsync<QueueException>(attempt)).Code.ShouldBe(QueueErrorCode.Invalid);
}
