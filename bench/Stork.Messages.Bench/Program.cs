// Inboxes and work queues of a Stork server under load, beside brokers and BullMQ. See Options.Usage.
using Stork.Bench;
using Stork.Bench.Peers;
using Stork.Messages.Bench;
using Stork.Messages.Bench.Contests;
using Stork.Messages.Bench.Reports;

if (args.Contains("--help"))
{
    Console.WriteLine(Options.Usage);
    return 0;
}

try
{
    var options = Options.Parse(args);
    if (Directory.Exists(options.Directory)) Directory.Delete(options.Directory, recursive: true);
    Directory.CreateDirectory(options.Directory);
    var disk = new DriveInfo(options.Directory).DriveFormat;
    if (disk is "tmpfs" or "ramfs") throw new BenchmarkException($"{options.Directory} is in memory ({disk}); choose a disk with --directory");
    var started = TimeProvider.System.GetLocalNow();
    var cores = Cores.Choose();
    var tournament = new Tournament(options, cores);
    await tournament.RunAsync();
    Directory.Delete(options.Directory, recursive: true);

    var report = new Report(tournament, options, cores, started, disk);
    var path = report.Write(Path.Combine(options.BenchFolder, "results"));
    Console.WriteLine($"\n{report.Markdown()}\nWritten to {path}.md and .json");
    return tournament.Outcomes.Any(static outcome => outcome.Failure is not null) ? 2 : 0;
}
catch (BenchmarkException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
