namespace Stork.Queues.Tests.Faults;

/// <summary>
/// A process whose wall clock really jumps, moved by libfaketime; its other clocks stay as they are.
/// In the library's form for one thread, a thread may see the real time for a moment
/// while another one reads how far to move it.
/// </summary>
public sealed class ClockTests : IDisposable
{
    private static readonly string[] Libraries =
    [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib64/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("stork-clock").FullName;

    private string Offset => Path.Combine(_directory, "offset");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Follows_the_wall_clock_for_times_of_day_and_for_nothing_else()
    {
        var library = Libraries.FirstOrDefault(File.Exists);
        Assert.SkipWhen(library is null, "needs libfaketime");
        MoveWallClock("+0");
        using var child = new Child([ClockChild.Command, Path.Combine(_directory, "data")], environment: new()
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME_TIMESTAMP_FILE"] = Offset,
            ["FAKETIME_NO_CACHE"] = "1",
            ["DONT_FAKE_MONOTONIC"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        });
        await child.ExpectAsync("open");
        await child.SayAsync("at 14400 in-four-hours");
        await child.ExpectAsync("stored");

        // Nothing but the clock moves, and nobody asks.
        MoveWallClock("+8h");
        await child.ExpectAsync("in-four-hours");

        MoveWallClock("-2h");
        await child.SayAsync("at 3600 in-an-hour");
        await child.ExpectAsync("stored");
        await child.SayAsync("count");
        await child.ExpectAsync("jobs 1 messages 1 suspect True");
        MoveWallClock("+0");
        await child.ExpectAsync("in-an-hour");

        MoveWallClock("+20d");
        await child.SayAsync("at 86400 tomorrow");
        await child.ExpectAsync("stored");
        await child.SayAsync("count");
        await child.ExpectAsync("jobs 1 messages 1 suspect True");
        await child.SayAsync("end");
        (await child.EndAsync()).Code.ShouldBe(0);
    }

    private void MoveWallClock(string by)
    {
        File.WriteAllText(Offset + ".new", by + "\n");
        File.Move(Offset + ".new", Offset, overwrite: true);
    }
}
