using Stork.Bench;
using Stork.Bench.Ceiling;
using Stork.Bench.Peers;
using Stork.Bench.Reports;

if (args is ["ceiling", var port])
{
    CeilingServer.Run(int.Parse(port));
    return 0;
}

if (args.Contains("--help"))
{
    Console.WriteLine(CommandLine.Usage);
    return 0;
}

try
{
    var command = CommandLine.Parse(args);
    var started = TimeProvider.System.GetLocalNow();
    var machine = MachineDescription.Read(Environment.ProcessorCount);
    var cores = Cores.Choose();
    cores.PinLoad();

    var catalog = new PeerCatalog(Path.Combine(command.BenchFolder, "peers", "peers.json"));
    var results = new Runner(command, catalog, cores).Run();

    var run = new RunDescription(command.Name, started, machine, cores.Server, cores.Load, command.Rounds, command.Timing,
        command.Without);
    var report = MarkdownReport.Render(run, results);
    var folder = Path.Combine(command.BenchFolder, "results");
    var path = ReportFiles.Write(folder, started, command.Name, report, JsonReport.Render(run, results));
    ChartFiles.Write(folder, run, results);
    Console.WriteLine($"\n{report}\nWritten to {path}.md, .json and .svg");
    return 0;
}
catch (BenchmarkException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
