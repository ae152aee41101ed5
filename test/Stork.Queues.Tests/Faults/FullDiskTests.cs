namespace Stork.Queues.Tests.Faults;

/// <summary>A real file system that is really full.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task Refuses_producers_on_a_full_file_system_while_consumers_go_on_and_recovers_by_itself()
    {
        using var place = new SmallFileSystem();
        var options = new QueueStoreOptions { SegmentSize = QueueStoreOptions.MinSegmentSize, MinFreeBytes = 0 };
        await using (var store = await QueueStore.OpenAsync(place.Data, options))
        {
            var queue = store.Queue("jobs");
            long told = 0;
            await using var consumer = await queue.SubscribeAsync();
            var ballast = Path.Combine(place.Root, "ballast");
            await queue.EnqueueAsync(new byte[1000]);
            told++;
            Fill(ballast);
            QueueException? refusal = null;
            for (var i = 0; i < 1000 && refusal is null; i++) refusal = await TryAsync(queue, () => told++);
            refusal.ShouldNotBeNull("the disk is full at last");
            refusal.Code.ShouldBe(QueueErrorCode.StoreFull);
            store.Health.RefusesProducers.ShouldBeTrue();
            store.Health.Failure.ShouldBeNull();

            var settled = 0;
            for (; settled < told / 2; settled++)
            {
                var delivery = await consumer.ReceiveAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
                (await delivery.AckAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System)).ShouldBe(SettleOutcome.Done);
            }

            File.Delete(ballast);
            var accepted = false;
            for (var tries = 0; tries < 100 && !accepted; tries++)
            {
                accepted = await TryAsync(queue, () => told++) is null;
                if (!accepted) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }

            accepted.ShouldBeTrue("with room again, messages are accepted within ten seconds");
            store.Health.IsHealthy.ShouldBeTrue();
            (await queue.GetStatisticsAsync())!.Enqueued.ShouldBe(told);
        }

        await using var again = await QueueStore.OpenAsync(place.Data, options);
        again.Health.IsHealthy.ShouldBeTrue();
    }

    private static async Task<QueueException?> TryAsync(MessageQueue queue, Action stored)
    {
        try
        {
            await queue.EnqueueAsync(new byte[1000]);
            stored();
            return null;
        }
        catch (QueueException refusal)
        {
            return refusal;
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Now it is full.
        }
    }
}
