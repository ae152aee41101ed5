using System.Globalization;

namespace Stork.Queues.Tests.Mutations;

/// <summary>
/// Real stores, stopped and killed, to whose files something was done that no crash does:
/// none opens with less than was promised without saying so, and none hangs.
/// STORK_MUTATED_STORES sets how many, STORK_MUTATION_SEED repeats one.
/// </summary>
public sealed class MutatedStoreTests(ITestOutputHelper output) : IDisposable
{
    private const int UsualStores = 250;

    /// <summary>Seeds of which one is verified before it is opened, salvaged if it is damaged, or opened twice.</summary>
    private const int VerifiedShare = 4;

    /// <summary>For all that is done with one store; without a hang it takes some milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly int[] SegmentSizes = [128 * 1024, 128 * 1024, 256 * 1024, 1 << 20];

    private readonly string _root = Path.Combine(Path.GetTempPath(), "stork-mutations-" + Guid.NewGuid().ToString("N"));

    private enum Outcome
    {
        Whole,
        Refused,
        Told,
    }

    public void Dispose()
    {
        if (Directory.Exists(_root)) Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task None_opens_with_less_than_was_promised_without_saying_so_and_none_hangs()
    {
        var only = Environment.GetEnvironmentVariable("STORK_MUTATION_SEED");
        var first = only is null ? 1 : int.Parse(only, CultureInfo.InvariantCulture);
        var wanted = Environment.GetEnvironmentVariable("STORK_MUTATED_STORES");
        var count = only is not null ? 1 : wanted is null ? UsualStores : int.Parse(wanted, CultureInfo.InvariantCulture);
        PromisedStore[] bases =
        [
            await PromisedStore.MakeAsync(_root, 0, stopped: true, shards: 1, snapshotBytes: 0),
            await PromisedStore.MakeAsync(_root, 1, stopped: false, shards: 1, snapshotBytes: 0),
            await PromisedStore.MakeAsync(_root, 2, stopped: true, shards: 2, snapshotBytes: 200_000),
            await PromisedStore.MakeAsync(_root, 3, stopped: false, shards: 2, snapshotBytes: 200_000),
            await PromisedStore.MakeAsync(_root, 4, stopped: true, shards: 1, snapshotBytes: 200_000),
            await PromisedStore.MakeAsync(_root, 5, stopped: false, shards: 1, snapshotBytes: 200_000),
        ];
        var outcomes = new int[Enum.GetValues<Outcome>().Length];
        var unchanged = 0;
        for (var seed = first; seed < first + count; seed++)
        {
            var (number, random) = (seed % bases.Length, new Random(seed));
            var path = Path.Combine(_root, "mutated");
            JournalEndTests.CopyTo(bases[number].Path, path);
            var mutator = new Mutator(random, path, bases[number].Older, bases[(number + 2) % bases.Length].Path);
            mutator.Run();
            var options = bases[number].Options with { SegmentSize = SegmentSizes[random.Next(SegmentSizes.Length)] };
            var what = $"seed {seed}, base {number}, segments of {options.SegmentSize}: {mutator.Done}";
            try
            {
                var outcome = await TryAsync(seed, path, bases[number], options).WaitAsync(Patience, TimeProvider.System);
                outcomes[(int)outcome]++;
                if (mutator.Done != "nothing") continue;
                unchanged++;
                outcome.ShouldBe(Outcome.Whole, "nothing was done to it");
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Repeat it with STORK_MUTATION_SEED={seed}. {what}", failure);
            }
            finally
            {
                foreach (var folder in Directory.GetDirectories(_root, "mutated*")) Directory.Delete(folder, recursive: true);
            }
        }

        output.WriteLine(
            $"{count} stores, {unchanged} of them unchanged: {outcomes[(int)Outcome.Whole]} opened with everything, "
            + $"{outcomes[(int)Outcome.Refused]} were refused, "
            + $"{outcomes[(int)Outcome.Told]} opened and said that something cannot be read");
        if (only is null) outcomes.ShouldAllBe(static n => n > 0);
    }

    private static async Task<Outcome> TryAsync(int seed, string path, PromisedStore promised, QueueStoreOptions options)
    {
        var isSound = false;
        if (seed % VerifiedShare == 0) isSound = await VerifyAsync(path);
        QueueStore store;
        try
        {
            store = await PromisedStore.OpenAsync(path, options);
        }
        catch (QueueException refusal)
        {
            refusal.Code.ShouldBeOneOf(QueueErrorCode.Damaged, QueueErrorCode.Format);
            isSound.ShouldBeFalse("what verify calls sound is opened");
            if (seed % VerifiedShare == 0) await SalvageAsync(path, options);
            return Outcome.Refused;
        }

        Outcome outcome;
        await using (store) outcome = await CheckAsync(store, promised.Waiting);
        if (outcome != Outcome.Whole)
        {
            isSound.ShouldBeFalse("verify calls nothing sound that lacks something");
            return outcome;
        }

        await using var again = await PromisedStore.OpenAsync(path, options);
        return await CheckAsync(again, promised.Waiting);
    }

    /// <summary>Looks at everything that is there, and lets a message pass through each queue.</summary>
    private static async Task<Outcome> CheckAsync(QueueStore store, IReadOnlySet<(string Queue, int Number)> promised)
    {
        var found = new HashSet<(string Queue, int Number)>();
        try
        {
            foreach (var queue in PromisedStore.Queues)
            {
                var handle = PromisedStore.Handle(store, queue);
                await BrowseAsync(handle, queue, found);
                await BrowseAsync(handle.DeadLetters, PromisedStore.DeadOf(queue), found);
            }

            foreach (var queue in PromisedStore.Queues) await PassThroughAsync(PromisedStore.Handle(store, queue));
        }
        catch (QueueException failure) when (failure.Code == QueueErrorCode.StoreFailed)
        {
            store.Health.Failure.ShouldNotBeNull();
            return Outcome.Told;
        }

        var missing = promised.Except(found).ToArray();
        var back = found.Except(promised).ToArray();
        if (missing.Length == 0 && back.Length == 0) return Outcome.Whole;
        var some = string.Join(", ", missing.Concat(back).Take(5));
        store.Health.IsHealthy.ShouldBeFalse(
            $"{missing.Length} messages are missing, {back.Length} are back, and nobody says so: {some}");
        return Outcome.Told;
    }

    private static async Task BrowseAsync(MessageQueue queue, string name, HashSet<(string Queue, int Number)> found)
    {
        for (long from = 0; ;)
        {
            var page = await queue.BrowseAsync(new BrowseOptions { FromSequence = from, Limit = 500, WithBody = true });
            foreach (var message in page) found.Add((name, PromisedStore.Number(message.Body)));
            if (page.Count == 0) return;
            from = page[^1].Sequence + 1;
        }
    }

    private static async Task PassThroughAsync(MessageQueue queue)
    {
        var receipt = await queue.EnqueueAsync(new byte[200_000]);
        await using var consumer = await queue.SubscribeAsync(new SubscriptionOptions { MaxInFlight = 2000, Remote = true });
        while (true)
        {
            var delivery = await consumer.ReceiveAsync();
            if (delivery.Sequence != receipt.Sequence) continue;
            await delivery.AckAsync();
            return;
        }
    }

    private static async Task<bool> VerifyAsync(string path)
    {
        try
        {
            return (await QueueStoreTools.VerifyAsync(path)).IsSound;
        }
        catch (QueueException refusal)
        {
            refusal.Code.ShouldBeOneOf(QueueErrorCode.Damaged, QueueErrorCode.Format, QueueErrorCode.NotFound);
            return false;
        }
    }

    /// <summary>Not everything can be mended; what is made opens and is sound.</summary>
    private static async Task SalvageAsync(string path, QueueStoreOptions options)
    {
        try
        {
            await QueueStoreTools.SalvageAsync(path, path + "-saved");
        }
        catch (QueueException refusal)
        {
            refusal.Code.ShouldBeOneOf(QueueErrorCode.Damaged, QueueErrorCode.Format, QueueErrorCode.NotFound);
            return;
        }

        var report = await QueueStoreTools.VerifyAsync(path + "-saved");
        report.IsSound.ShouldBeTrue(report.Faults.Count > 0 ? report.Faults[0].ToString() : "");
        await using var store = await PromisedStore.OpenAsync(path + "-saved", options with { Shards = report.Shards });
        foreach (var queue in PromisedStore.Queues) await PassThroughAsync(PromisedStore.Handle(store, queue));
    }
}
