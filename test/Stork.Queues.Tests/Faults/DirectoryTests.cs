using System.Diagnostics;

namespace Stork.Queues.Tests.Faults;

/// <summary>Others in the directory of a store, or the directory gone.</summary>
public sealed class DirectoryTests : IDisposable
{
    private static readonly QueueStoreOptions Small = new() { SegmentSize = QueueStoreOptions.MinSegmentSize, MinFreeBytes = 0 };

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-directory-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Refuses_a_second_process_and_says_which_one_is_the_first()
    {
        using (var first = new Child([HoldChild.Command, _directory]))
        {
            await first.ExpectAsync("open");
            var refusal = await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(_directory, Small));
            refusal.Code.ShouldBe(QueueErrorCode.Locked);
            refusal.Message.ShouldContain($"process {first.Id} on {Environment.MachineName}");

            using var second = new Child([HoldChild.Command, _directory]);
            var (code, errors) = await second.EndAsync();
            code.ShouldNotBe(0);
            errors.ShouldContain($"process {first.Id} on {Environment.MachineName}");

            first.Signal(Child.Sigkill);
            await first.EndAsync();
        }

        await using var now = await QueueStore.OpenAsync(_directory, Small);
        now.Health.IsHealthy.ShouldBeTrue("a lock does not outlive its process");
    }

    [Fact]
    public async Task Acknowledges_nothing_more_once_its_directory_is_deleted()
    {
        Exception? reported = null;
        await using var store = await QueueStore.OpenAsync(_directory, Small with { OnFailed = failure => reported = failure });
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new byte[10]);
        await using var consumer = await queue.SubscribeAsync();
        await consumer.ReceiveAsync();

        Directory.Delete(_directory, recursive: true);
        var failure = await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(new byte[10]));
        failure.Code.ShouldBe(QueueErrorCode.StoreFailed);
        failure.Message.ShouldContain("was deleted");
        store.Health.IsHealthy.ShouldBeFalse();
        store.Health.Failure.ShouldNotBeNull();
        (await Should.ThrowAsync<QueueException>(() => consumer.ReceiveAsync().AsTask())).Code.ShouldBe(QueueErrorCode.StoreFailed);
        (await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(new byte[10]))).Code.ShouldBe(QueueErrorCode.StoreFailed);
        await store.DisposeAsync();
        reported.ShouldNotBeNull();
    }

    [Fact]
    public async Task Fails_clearly_when_it_may_not_create_files_any_more()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix permissions");
        var told = 0;
        await using (var store = await QueueStore.OpenAsync(_directory, Small))
        {
            var queue = store.Queue("jobs");
            await queue.EnqueueAsync(new byte[10]);
            told++;
            using var taken = new Permission(Path.Combine(_directory, "00"));
            Assert.SkipUnless(taken.IsGone, "needs a user without the right to write everywhere, or chattr on a file system that knows it");
            var failure = await Should.ThrowAsync<QueueException>(async () =>
            {
                for (var i = 0; i < 100; i++, told++) await queue.EnqueueAsync(new byte[10_000]);
            });
            failure.Code.ShouldBe(QueueErrorCode.StoreFailed);
            failure.Message.ShouldContain("denied");
            store.Health.IsHealthy.ShouldBeFalse();
        }

        await using var again = await QueueStore.OpenAsync(_directory, Small);
        (await again.Queue("jobs").GetStatisticsAsync())!.Ready.ShouldBeGreaterThanOrEqualTo(told, "what was told as stored is there");
    }

    /// <summary>Takes the right to create files in a folder, also from root, and gives it back.</summary>
    private sealed class Permission : IDisposable
    {
        private readonly string _folder;
        private readonly UnixFileMode _mode;

        public Permission(string folder)
        {
            _folder = folder;
            _mode = OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(folder);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            if (!MayCreate()) return;
            Run("chattr", "+i", folder);
        }

        public bool IsGone => !MayCreate();

        public void Dispose()
        {
            Run("chattr", "-i", _folder);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder, _mode);
        }

        private bool MayCreate()
        {
            var probe = Path.Combine(_folder, "probe");
            try
            {
                File.WriteAllText(probe, "");
                File.Delete(probe);
                return true;
            }
            catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
            {
                return false;
            }
        }

        private static void Run(string program, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(
                    new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true });
                process?.WaitForExit();
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // There is no such program: the caller sees that nothing has changed.
            }
        }
    }
}
