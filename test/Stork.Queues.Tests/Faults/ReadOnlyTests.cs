namespace Stork.Queues.Tests.Faults;

/// <summary>A file system that takes no writes any more, as one that its kernel found damaged.</summary>
public sealed class ReadOnlyTests
{
    [Fact]
    public async Task Does_not_open_where_nothing_can_be_written_says_so_and_leaves_the_data_as_it_is()
    {
        using var place = new SmallFileSystem();
        var options = new QueueStoreOptions { SegmentSize = QueueStoreOptions.MinSegmentSize, MinFreeBytes = 0 };
        await using (var store = await QueueStore.OpenAsync(place.Data, options)) await store.Queue("jobs").EnqueueAsync(new byte[100]);
        var files = Contents(place.Data);
        place.MakeReadOnly();

        var failure = await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(place.Data, options));
        failure.Code.ShouldBe(QueueErrorCode.StoreFailed);
        failure.Message.ShouldContain("ead-only file system");
        failure.Message.ShouldContain(place.Data);
        Contents(place.Data).ShouldBe(files);
    }

    private static string[] Contents(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(static file => $"{file} {new FileInfo(file).Length} {HashOf(file)}"),
    ];

    private static string HashOf(string file) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));
}
