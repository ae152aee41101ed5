// Inboxes and work queues of a Stork server under load, beside brokers and BullMQ. See CommandLine.Usage.
using Stork.Bench.Peers;
using Stork.Messages.Bench;
using Stork.Messages.Bench.Reports;
using Stork.Messages.Bench.Scenarios;

if (args.Contains("--help"))
{
    Console.WriteLine(CommandLine.Usage);
    return 0;
}

try
{
    var options = CommandLine.Parse(args);
    if (Directory.Exists(options.Directory)) Directory.Delete(options.Directory, recursive: true);
    Directory.CreateDirectory(options.Directory);
    var disk = new DriveInfo(options.Directory).DriveFormat;
    if (disk is "tmpfs" or "ramfs")
        throw new BenchmarkException($"{options.Directory} is in memory ({disk}); choose a disk with --directory");
    var started = TimeProvider.System.GetLocalNow();
    var cores = Cores.Choose();
    var runner = new Runner(options, cores);
    await runner.RunAsync();
    Directory.Delete(options.Directory, recursive: true);

    var report = new Report(runner, options, cores, started, disk);
    var path = report.Write(Path.Combine(options.BenchFolder, "results"));
    Console.WriteLine($"\n{report.Markdown()}\nWritten to {path}.md and .json");
    return runner.Results.Any(static result => result.Failure is not null) ? 2 : 0;
}
catch (BenchmarkException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
