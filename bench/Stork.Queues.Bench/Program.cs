// Enqueue, cycles, memory, start, growth and space of the store, beside its peers in the same run.
// See CommandLine.Usage and, for the brokers and databases of other people, CompareOptions.Usage.
using Stork.Queues.Bench;
using Stork.Queues.Bench.Compare;
using Stork.Queues.Bench.Reports;
using Stork.Queues.Bench.Scenarios;

if (args is [ChildProcess.Verb, var store])
{
    await ChildProcess.RunAsync(store);
    return 0;
}

try
{
    if (args is ["compare", .. var rest]) return await CompareCommand.RunAsync(rest);
    var command = CommandLine.Parse(args);
    if (Directory.Exists(command.Directory)) Directory.Delete(command.Directory, recursive: true);
    Directory.CreateDirectory(command.Directory);
    var report = new Report(TimeProvider.System.GetUtcNow());
    report.Begin();
    var context = new BenchContext(command.Directory, command.Peers, command.Scale);
    foreach (var scenario in command.Scenarios) await scenario.RunAsync(context, report);
    Directory.Delete(command.Directory, recursive: true);
    if (command.Results is not null) Console.WriteLine($"Written to {report.Write(command.Results, command.Name)}.md and .json");
    return 0;
}
catch (ArgumentException mistake)
{
    Console.Error.WriteLine(mistake.Message);
    return 1;
}
