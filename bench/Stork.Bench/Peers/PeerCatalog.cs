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

    public Peer Find(string name) => _peers.Find(peer => peer.Name == name)
        ?? throw new BenchmarkException($"no peer is called {name}; there are {string.Join(", ", _peers.Select(peer => peer.Name))}");

    public string FolderOf(Peer peer) => Path.GetFullPath(Path.Combine(_folder, peer.Folder));
}
