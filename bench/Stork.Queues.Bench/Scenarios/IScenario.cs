using Stork.Queues.Bench.Reports;

namespace Stork.Queues.Bench.Scenarios;

/// <summary>Something that is measured.</summary>
internal interface IScenario
{
    /// <summary>How it is chosen on the command line.</summary>
    string Name { get; }

    Task RunAsync(BenchContext context, Report report);
}
