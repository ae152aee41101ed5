using System.Diagnostics;

namespace Stork.Queues.Tests.Faults;

/// <summary>One process at a time, whatever the environment, the file system and others do.</summary>
public sealed class LockTests : IDisposable
{
    private static readonly QueueStoreOptions Small = HoldChild.Options;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-locks-" + Guid.NewGuid().ToString("N"));

    private string Data => Path.Combine(_directory, "data");

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Keeps_a_second_process_out_although_an_environment_variable_turns_the_locks_of_the_runtime_off()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the variable is for Unix");
        var off = new Dictionary<string, string?> { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" };
        using var first = new Child([HoldChild.Command, Data], environment: off);
        await first.ExpectAsync("open");
        using var second = new Child([HoldChild.Command, Data], environment: off);
        var (code, errors) = await second.EndAsync();
        code.ShouldNotBe(0);
        errors.ShouldContain($"is open already, by process {first.Id} on");
        await first.SayAsync("end");
        (await first.EndAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Keeps_a_second_process_out_although_somebody_deleted_the_lock_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "an open file cannot be deleted there");
        using var first = new Child([HoldChild.Command, Data]);
        await first.ExpectAsync("open");
        File.Delete(Path.Combine(Data, "LOCK"));
        var refusal = await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(Data, Small));
        refusal.Code.ShouldBe(QueueErrorCode.Locked);
        refusal.Message.ShouldContain("another process");
        (await Should.ThrowAsync<QueueException>(() => QueueStoreTools.VerifyAsync(Data))).Code.ShouldBe(QueueErrorCode.Locked);
        await first.SayAsync("end");
        (await first.EndAsync()).Code.ShouldBe(0);
        await using var now = await QueueStore.OpenAsync(Data, Small);
    }

    [Fact]
    public async Task Is_free_at_once_when_it_is_closed_while_other_processes_are_being_started()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "nothing is inherited there");
        // One that is being started shares the descriptors of this process for a moment, and with them the locks.
        using var enough = new CancellationTokenSource();
        var starting = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!enough.IsCancellationRequested)
            {
                using var process = Process.Start("/bin/true");
                process.WaitForExit();
            }
        })).ToArray();
        try
        {
            for (var i = 0; i < 200; i++) Shards.StoreDirectory.Open(Data, 1, allowUnlocked: false).Dispose();
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAll(starting);
        }
    }

    [Theory]
    [InlineData("ENOLCK")]
    [InlineData("EOPNOTSUPP")]
    public async Task Refuses_a_directory_without_locks_and_opens_it_only_when_told_to(string errno)
    {
        var shim = await Preload.BuildAsync(_directory, $$"""
            #include <errno.h>
            int flock(int fd, int operation) { (void)fd; (void)operation; errno = {{errno}}; return -1; }
            """);
        using (var refused = new Child([HoldChild.Command, Data], environment: new() { ["LD_PRELOAD"] = shim }))
        {
            var (code, errors) = await refused.EndAsync();
            code.ShouldNotBe(0);
            errors.ShouldContain("cannot be locked");
            errors.ShouldContain(nameof(QueueStoreOptions.AllowUnlocked));
        }

        using var told = new Child([HoldChild.UnlockedCommand, Data], environment: new() { ["LD_PRELOAD"] = shim });
        await told.ExpectAsync("Warning 20");
        await told.ExpectAsync("open");
        await told.SayAsync("end");
        (await told.EndAsync()).Code.ShouldBe(0);
    }
}
