using System.Text.Json;
using StackExchange.Redis;
using Stork.Redis.Connections;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Mixed;

/// <summary>Three servers on one Redis, of which some are Stork's and the others official ones, and emitters.</summary>
/// <remarks>Started once for all tests of a class, which run one after the other: each has clients and rooms of its own.</remarks>
public abstract class MixedCluster : IAsyncLifetime
{
    private const string Key = "mixed";

    private readonly string _kinds;
    private readonly RedisAdapterMode _mode;
    private readonly RedisSubscriptionMode _subscriptions;
    private readonly List<IMember> _members = [];
    private readonly List<IEmitter> _emitters = [];
    private RedisServer? _redis;

    /// <param name="kinds">One letter a server: S is Stork, N is Node.</param>
    /// <param name="mode">By what means they speak to each other.</param>
    /// <param name="subscriptions">Which rooms have channels of their own.</param>
    protected MixedCluster(
        string kinds,
        RedisAdapterMode mode = RedisAdapterMode.PubSub,
        RedisSubscriptionMode subscriptions = RedisSubscriptionMode.Dynamic)
    {
        _kinds = kinds;
        _mode = mode;
        _subscriptions = subscriptions;
    }

    internal IReadOnlyList<IMember> Members => _members;

    /// <summary>One of ours, and an official one where there is one that servers of this mode hear.</summary>
    internal IReadOnlyList<IEmitter> Emitters => _emitters;

    internal IEnumerable<StorkMember> Storks => _members.OfType<StorkMember>();

    private bool HasRoomChannels => _mode == RedisAdapterMode.Sharded && _subscriptions != RedisSubscriptionMode.Static;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        foreach (var kind in _kinds)
        {
            _members.Add(kind == 'S'
                ? await StorkMember.StartAsync(_redis.Configuration, Key, Configure)
                : await NodeMember.StartAsync(_redis, Key, NameOf(_mode), NameOf(_subscriptions)));
        }

        _emitters.Add(await StorkEmitter.StartAsync(_redis, Key, _mode));
        if (_mode == RedisAdapterMode.PubSub) _emitters.Add(await NodeMember.StartEmitterAsync(_redis, Key));

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

    /// <summary>Whether what a server does reaches all in its order, where each has a socket in the rooms in question. Official servers do
    /// not wait for the channels of rooms that sockets have just joined.</summary>
    internal bool KeepsOrder(IMember from) => from is StorkMember || !HasRoomChannels;

    /// <summary>Waits until servers hear what is sent to a room; official ones do not say when they do.</summary>
    internal Task UntilHeardAsync(string room, int servers) => !HasRoomChannels
        ? Task.CompletedTask
        : Waiting.UntilAsync(async () => await CountAsync(room) == servers, $"{servers} servers had subscribed to {room}");

    /// <summary>One client on each server.</summary>
    internal async Task<Client[]> ConnectToAllAsync(params string[] rooms)
    {
        var clients = new Client[_members.Count];
        for (var i = 0; i < clients.Length; i++) clients[i] = await ConnectAsync(i, $"client {i}", rooms);
        return clients;
    }

    internal Task<Client> ConnectAsync(int server, string name, params string[] rooms) =>
        Client.ConnectAsync(_members[server].Url, auth: JsonSerializer.Serialize(new { name, rooms }));

    private static string NameOf(RedisAdapterMode mode) => mode.ToString().ToLowerInvariant();

    private static string NameOf(RedisSubscriptionMode subscriptions) => subscriptions switch
    {
        RedisSubscriptionMode.Static => "static",
        _ => "dynamic",
    };

    private void Configure(RedisAdapterOptions options)
    {
        options.Mode = _mode;
        options.SubscriptionMode = _subscriptions;
    }

    private async Task<int> CountAsync(string room)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis!.Configuration);
        var channel = RedisChannel.Sharded($"{Key}#/#{room}#");
        return await SubscriberCount.AskAsync(connection, channel, TestContext.Current.CancellationToken);
    }
}
