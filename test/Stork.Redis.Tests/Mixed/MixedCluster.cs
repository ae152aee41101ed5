using System.Text.Json;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Mixed;

/// <summary>Three servers on one Redis, of which some are Stork's and the others official ones; an official emitter and one of
/// ours.</summary>
/// <remarks>Started once for all tests of a class, which run one after the other: each has clients and rooms of its own.</remarks>
public abstract class MixedCluster : IAsyncLifetime
{
    private const string Key = "mixed";

    private readonly string _kinds;
    private readonly List<IMember> _members = [];
    private readonly List<IEmitter> _emitters = [];
    private RedisServer? _redis;

    /// <param name="kinds">One letter a server: S is Stork, N is Node.</param>
    protected MixedCluster(string kinds) => _kinds = kinds;

    internal IReadOnlyList<IMember> Members => _members;

    /// <summary>An official one and one of ours.</summary>
    internal IReadOnlyList<IEmitter> Emitters => _emitters;

    internal IEnumerable<StorkMember> Storks => _members.OfType<StorkMember>();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        foreach (var kind in _kinds)
        {
            _members.Add(kind == 'S'
                ? await StorkMember.StartAsync(_redis.Configuration, Key)
                : await NodeMember.StartAsync(_redis, Key));
        }

        _emitters.Add(await NodeMember.StartEmitterAsync(_redis, Key));
        _emitters.Add(await StorkEmitter.StartAsync(_redis, Key));
        foreach (var member in _members)
            await Waiting.UntilAsync(async () => await member.CountAsync() == _kinds.Length, "all servers knew of each other");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members) await member.DisposeAsync();
        foreach (var emitter in _emitters) await emitter.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>One client on each server.</summary>
    internal async Task<Client[]> ConnectToAllAsync(params string[] rooms)
    {
        var clients = new Client[_members.Count];
        for (var i = 0; i < clients.Length; i++) clients[i] = await ConnectAsync(i, $"client {i}", rooms);
        return clients;
    }

    internal Task<Client> ConnectAsync(int server, string name, params string[] rooms) =>
        Client.ConnectAsync(_members[server].Url, auth: JsonSerializer.Serialize(new { name, rooms }));
}
