using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>A load put on freshly started servers that are one over Redis.</summary>
internal interface IClusterScenario : IScenario
{
    /// <exception cref="BenchmarkException">A server gave a wrong answer, none, or closed a connection.</exception>
    Sample Run(ServerCluster cluster, Timing timing);
}
