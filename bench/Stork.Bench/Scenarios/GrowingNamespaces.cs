using Stork.Bench.Load;

namespace Stork.Bench.Scenarios;

/// <summary>Echoes in namespaces while there come to be more of them, among the same number of connections.</summary>
internal sealed class GrowingNamespaces() : RovingEcho(inNamespaces: true)
{
    private const int Connections = 1_000;

    private readonly HashSet<(int Connection, int Namespace)> _joined = [];
    private int _namespaces = 1;
    private int _joining;

    public override IReadOnlyList<int> Sizes => [1, 10, 100, 1_000];

    protected override void GrowQuietly(LoadLoop loop, int size)
    {
        _namespaces = size;
        loop.Open(Connections - loop.Connections.Count);
        foreach (var connection in loop.Connections)
        {
            if (!_joined.Add((connection.Index, NamespaceOf(connection.Index))))
                continue;
            _joining++;
            connection.Send(FrameTemplate.Text($"40/n{NamespaceOf(connection.Index):0000},").Bytes);
        }

        loop.Drain(() => _joining);
    }

    protected override int NamespaceOf(int connection) => connection % _namespaces;

    protected override void OnNamespaceJoined() => _joining--;
}
