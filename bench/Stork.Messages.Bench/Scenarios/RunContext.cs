using Stork.Bench.Peers;

namespace Stork.Messages.Bench.Scenarios;

/// <summary>Where and how long one run takes run.</summary>
/// <param name="Cores">Which core is whose.</param>
/// <param name="BenchFolder">The folder with <c>peers/</c>.</param>
/// <param name="Directory">For the data of this run: its own, on the disk to be measured.</param>
/// <param name="Scale">Multiplies messages and seconds.</param>
internal sealed record RunContext(Cores Cores, string BenchFolder, string Directory, double Scale)
{
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Math.Max(2, 5 * Scale));

    public TimeSpan Measure => TimeSpan.FromSeconds(Math.Max(2, 5 * Scale));
}
