using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>A load put on a freshly started server.</summary>
internal interface IServerScenario : IScenario
{
    /// <exception cref="BenchmarkException">The server gave a wrong answer, none, or closed a connection.</exception>
    Sample Run(ServerProcess server, Timing timing);
}
