namespace Stork.Queues.Tests.Faults;

/// <summary>Whatever else is in a directory: what file systems, snapshots and applications put there.</summary>
public sealed class NeighbourTests : IDisposable
{
    private static readonly QueueStoreOptions Small = new() { SegmentSize = QueueStoreOptions.MinSegmentSize, MinFreeBytes = 0 };

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-neighbours-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("lost+found")]
    [InlineData(".snapshot")]
    [InlineData("uploads")]
    [InlineData("00", "of the application")]
    [InlineData("2026", "01")]
    public async Task Opens_a_new_directory_whatever_others_have_put_there(string folder, string? inside = null)
    {
        Foreign("data", folder, inside);
        File.WriteAllText(Path.Combine(_directory, "data", "notes.txt"), "mine");
        await StoreOneAsync("data");
        (await CountAsync("data")).ShouldBe(1);
        File.ReadAllText(Path.Combine(_directory, "data", "notes.txt")).ShouldBe("mine");
    }

    [Fact]
    public async Task Backs_up_and_salvages_to_a_fresh_volume()
    {
        await StoreOneAsync("data");
        foreach (var target in (string[])["copy", "running", "rescue"]) Foreign(target, "lost+found");
        await QueueStoreTools.BackupAsync(Path.Combine(_directory, "data"), Path.Combine(_directory, "copy"));
        await QueueStoreTools.SalvageAsync(Path.Combine(_directory, "data"), Path.Combine(_directory, "rescue"));
        await using (var store = await QueueStore.OpenAsync(Path.Combine(_directory, "data"), Small))
            await store.BackupAsync(Path.Combine(_directory, "running"));
        foreach (var target in (string[])["copy", "running", "rescue"]) (await CountAsync(target)).ShouldBe(1, target);
    }

    [Fact]
    public async Task Refuses_a_directory_that_has_messages_but_does_not_say_of_which_store_and_never_writes_over_one()
    {
        await StoreOneAsync("data");
        await StoreOneAsync("other");
        var data = Path.Combine(_directory, "data");
        var refusal = await Should.ThrowAsync<QueueException>(() => QueueStoreTools.BackupAsync(Path.Combine(_directory, "other"), data));
        refusal.Code.ShouldBe(QueueErrorCode.Invalid);
        File.Delete(Path.Combine(data, "FORMAT"));
        (await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(data, Small))).Code.ShouldBe(QueueErrorCode.Damaged);
        refusal = await Should.ThrowAsync<QueueException>(() => QueueStoreTools.BackupAsync(Path.Combine(_directory, "other"), data));
        refusal.Code.ShouldBe(QueueErrorCode.Invalid);
        refusal.Message.ShouldContain("'00'");
    }

    [Fact]
    public async Task Makes_files_and_directories_for_their_owner_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix has modes");
        await StoreOneAsync("new/data");
        await using (var store = await QueueStore.OpenAsync(Path.Combine(_directory, "new/data"), Small with { SnapshotBytes = 1000 }))
        {
            for (var i = 0; i < 100; i++) await store.Queue("jobs").EnqueueAsync(new byte[5000]);
            await store.BackupAsync(Path.Combine(_directory, "copy"));
        }

        await QueueStoreTools.SalvageAsync(Path.Combine(_directory, "copy"), Path.Combine(_directory, "rescue"));
        if (OperatingSystem.IsWindows()) return;
        var files = Directory.GetFiles(_directory, "*", SearchOption.AllDirectories);
        files.Select(Path.GetExtension).ShouldContain(".snap");
        foreach (var file in files) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        foreach (var folder in Directory.GetDirectories(_directory, "*", SearchOption.AllDirectories).Append(_directory))
            File.GetUnixFileMode(folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, folder);
    }

    private void Foreign(string directory, string folder, string? inside = null)
    {
        var path = Path.Combine(_directory, directory, folder);
        Directory.CreateDirectory(inside is null ? path : Path.Combine(path, inside));
        File.WriteAllText(Path.Combine(path, "their.file"), "theirs");
    }

    private async Task StoreOneAsync(string directory)
    {
        await using var store = await QueueStore.OpenAsync(Path.Combine(_directory, directory), Small);
        await store.Queue("jobs").EnqueueAsync(new byte[10]);
    }

    private async Task<long> CountAsync(string directory)
    {
        await using var store = await QueueStore.OpenAsync(Path.Combine(_directory, directory), Small);
        return (await store.Queue("jobs").GetStatisticsAsync())!.Ready;
    }
}
