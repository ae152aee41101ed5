namespace Stork.Adapter.Tests;

/// <summary>Some servers on one bus that know each other.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly List<Server> _servers = [];
    private readonly List<Client> _clients = [];

    public Bus Bus { get; } = new();

    public IReadOnlyList<Server> Servers => _servers;

    public SocketIOServer this[int server] => _servers[server].IO;

    public static async Task<Cluster> StartAsync(
        int servers,
        ClusterAdapterOptions? options = null,
        Action<SocketIOServer>? setUp = null,
        Action<SocketIOOptions>? settings = null,
        TimeProvider? time = null)
    {
        var cluster = new Cluster();
        for (var i = 0; i < servers; i++)
            cluster._servers.Add(await Server.StartAsync(cluster.Bus, options, settings, setUp: setUp, time: time));
        await cluster.UntilAllKnow();
        return cluster;
    }

    /// <summary>One server more; it has the main namespace alone until it is asked for others.</summary>
    public async Task<Server> AddAsync(ClusterAdapterOptions? options = null)
    {
        var server = await Server.StartAsync(Bus, options);
        _servers.Add(server);
        await UntilAllKnow();
        return server;
    }

    /// <summary>As <see cref="AddAsync"/>, where servers do not hear of each other.</summary>
    public async Task AddUnknownAsync(ClusterAdapterOptions options) => _servers.Add(await Server.StartAsync(Bus, options));

    public Task UntilAllKnow(string nsp = "/") => Waiting.Until(
        () => _servers.All(server => server.AdapterOf(nsp).ServerIds.Count == _servers.Count - 1), "all servers knew each other");

    public async Task StopAsync(Server server)
    {
        _servers.Remove(server);
        await server.StopAsync();
        await server.DisposeAsync();
    }

    /// <summary>A client of one server, in rooms that its middleware takes from what it gives as auth.</summary>
    public async Task<Client> ConnectAsync(int server, string nsp = "/", params string[] rooms)
    {
        var client = await Client.ConnectAsync(_servers[server].Url, nsp);
        _clients.Add(client);
        _servers[server].IO.Of(nsp).TryGetSocket(client.Id, out var socket).ShouldBeTrue();
        await socket!.JoinAsync(rooms);
        return client;
    }

    /// <summary>One client on each server, in the given rooms.</summary>
    public async Task<Client[]> ConnectToAllAsync(string nsp = "/", params string[] rooms)
    {
        var clients = new Client[_servers.Count];
        for (var i = 0; i < clients.Length; i++) clients[i] = await ConnectAsync(i, nsp, rooms);
        return clients;
    }

    public Socket SocketOf(Client client) =>
        _servers.SelectMany(server => server.IO.Of(client.Namespace).Sockets).Single(socket => socket.Id == client.Id);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        foreach (var server in _servers) await server.DisposeAsync();
    }
}
