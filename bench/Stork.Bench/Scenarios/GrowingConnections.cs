using Stork.Bench.Load;

namespace Stork.Bench.Scenarios;

/// <summary>Echoes while connections come.</summary>
internal sealed class GrowingConnections() : RovingEcho(inNamespaces: false)
{
    public override IReadOnlyList<int> Sizes => [100, 1_000, 5_000, 10_000];

    protected override void GrowQuietly(LoadLoop loop, int size) => loop.Open(size - loop.Connections.Count);
}
