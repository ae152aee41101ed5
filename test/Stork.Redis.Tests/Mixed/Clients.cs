using System.Collections;

namespace Stork.Redis.Tests.Mixed;

/// <summary>The clients of a test, one on each server.</summary>
internal sealed class Clients(Client[] clients) : IReadOnlyList<Client>, IAsyncDisposable
{
    public int Count => clients.Length;

    public Client this[int index] => clients[index];

    /// <summary>The event that comes next, to each of them.</summary>
    public async Task ShouldReceive(string expected)
    {
        foreach (var client in clients) await client.ShouldReceive(expected);
    }

    public IEnumerator<Client> GetEnumerator() => ((IEnumerable<Client>)clients).GetEnumerator();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients) await client.DisposeAsync();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
