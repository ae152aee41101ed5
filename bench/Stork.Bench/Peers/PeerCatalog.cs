using System.Text.Json;

namespace Stork.Bench.Peers;

/// <summary>The servers that can be measured: a list in a file, so that one more needs no code here.</summary>
internal sealed class PeerCatalog
{
    private readonly string _folder;
    private readonly List<Peer> _peers;

    public PeerCatalog(string path)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _peers = JsonSerializer.Deserialize<List<Peer>>(File.ReadAllBytes(path), JsonSerializerOptions.Web)
            ?? throw new BenchmarkException($"{path} is empty");
    }

    /// <summary>The peers of these names in this order, or all in the order of the file, but for those left out.</summary>
    public IReadOnlyList<Peer> Choose(IReadOnlyList<string> names, IReadOnlyList<string> without) =>
        [.. (names.Count == 0 ? _peers : names.Select(Find)).Where(peer => !without.Contains(peer.Name))];

    public Peer Find(string name) => _peers.Find(peer => peer.Name == name)
        ?? throw new BenchmarkException($"no peer is called {name}; there are {string.Join(", ", _peers.Select(peer => peer.Name))}");

    public string FolderOf(Peer peer) => Path.GetFullPath(Path.Combine(_folder, peer.Folder));
}
