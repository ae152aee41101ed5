using StackExchange.Redis;
using Stork.Redis.Connections;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Sharded;

/// <summary>Rooms and their channels, on servers that are really there.</summary>
public sealed class ShardedRoomTests : IAsyncLifetime
{
    private const string Key = "k";

    private RedisServer? _redis;
    private StorkMember? _one;
    private StorkMember? _two;
    private ConnectionMultiplexer? _foreign;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _one = await StartAsync();
        _two = await StartAsync();
        _foreign = await ConnectionMultiplexer.ConnectAsync(_redis.Configuration);
    }

    public async ValueTask DisposeAsync()
    {
        if (_foreign is not null) await _foreign.DisposeAsync();
        if (_one is not null) await _one.DisposeAsync();
        if (_two is not null) await _two.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_has_joined_a_room_hears_the_next_event_of_another_server()
    {
        await using var client = await Client.ConnectAsync(_one!.Url);
        var socket = _one.IO.Sockets.Single();
        for (var i = 0; i < 200; i++)
        {
            await socket.JoinAsync($"room {i % 3}");
            await _two!.IO.To($"room {i % 3}").EmitAsync("news", i);
            await client.ShouldReceive($"[\"news\",{i}]");
            await socket.LeaveAsync($"room {i % 3}");
        }

        await UntilListenersAsync("room 0", 0);
        _two!.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_room_has_a_channel_from_its_first_socket_to_its_last()
    {
        await using var first = await Client.ConnectAsync(_one!.Url, auth: """{"rooms":["red"]}""");
        (await CountListenersAsync("red")).ShouldBe(1);
        await using (await Client.ConnectAsync(_one.Url, auth: """{"rooms":["red","blue"]}"""))
        await using (await Client.ConnectAsync(_two!.Url, auth: """{"rooms":["red"]}"""))
        {
            (await CountListenersAsync("red")).ShouldBe(2);
            (await CountListenersAsync("blue")).ShouldBe(1);
        }

        await UntilListenersAsync("red", 1);
        await UntilListenersAsync("blue", 0);
        await _two.IO.To("red").EmitAsync("still here");
        await first.ShouldReceive("[\"still here\"]");
    }

    [Fact]
    public async Task An_event_for_one_room_goes_on_its_channel_and_others_on_that_of_all()
    {
        var all = await ListenAsync("k#/#");
        var red = await ListenAsync("k#/#red#");
        await _one!.IO.To("red").EmitAsync("to red");
        await _one.IO.To("red").To("red").EmitAsync("to red again");
        await _one.IO.To("red").To("blue").EmitAsync("to two");
        await _one.IO.To("twenty characters ok").EmitAsync("to a socket, by its looks");
        (await NextAsync(red)).ShouldContain("[\"to red\"]");
        (await NextAsync(red)).ShouldContain("[\"to red again\"]");
        (await NextAsync(all)).ShouldContain("[\"to two\"]");
        (await NextAsync(all)).ShouldContain("[\"to a socket, by its looks\"]");
    }

    [Fact]
    public async Task A_room_whose_name_looks_like_the_id_of_a_socket_is_a_room_all_the_same()
    {
        await using var client = await Client.ConnectAsync(_one!.Url, auth: """{"rooms":["twenty characters ok"]}""");
        await _two!.IO.To("twenty characters ok").EmitAsync("news");
        await client.ShouldReceive("[\"news\"]");
    }

    [Fact]
    public async Task What_is_emitted_right_behind_a_join_on_another_server_arrives_there()
    {
        await using var first = await Client.ConnectAsync(_one!.Url);
        await using var second = await Client.ConnectAsync(_one.Url);
        for (var i = 0; i < 100; i++)
        {
            _ = _two!.IO.SocketsJoinAsync($"new {i}");
            _ = _two.IO.To($"new {i}").EmitAsync("welcome", i);
        }

        foreach (var client in (Client[])[first, second])
        {
            for (var i = 0; i < 100; i++) await client.ShouldReceive($"[\"welcome\",{i}]");
        }
    }

    [Fact]
    public async Task Without_channels_for_rooms_there_are_two_subscriptions()
    {
        await using var one = await StartAsync("static", static options => options.SubscriptionMode = RedisSubscriptionMode.Static);
        await using var two = await StartAsync("static", static options => options.SubscriptionMode = RedisSubscriptionMode.Static);
        await using var client = await Client.ConnectAsync(one.Url, auth: """{"rooms":["red"]}""");
        var all = await ListenAsync("static#/#");
        await two.IO.To("red").EmitAsync("news");
        await client.ShouldReceive("[\"news\"]");
        (await NextAsync(all)).ShouldContain("[\"news\"]");
        var channels = (string[])(await _foreign!.GetServers().Single().ExecuteAsync("PUBSUB", "SHARDCHANNELS", "static#/#*"))!;
        channels.Length.ShouldBe(3, "that of all, and one for the answers to each server");
    }

    [Fact]
    public async Task Servers_of_another_mode_with_the_same_prefix_are_noticed()
    {
        await using var plain = await StorkMember.StartAsync(_redis!.Configuration, Key);
        await Waiting.Until(() => HasNoticed(plain, "2 servers with the prefix k work in mode Sharded"), "the later one had noticed");
        await using var sharded = await StartAsync();
        await Waiting.Until(() => HasNoticed(sharded, "1 servers with the prefix k work in mode PubSub"), "the other one as well");
        HasNoticed(_one!, "PubSub").ShouldBeFalse();
    }

    private static bool HasNoticed(StorkMember member, string text) => member.Log.Entries.Any(entry =>
        entry.Category == "Stork.Redis" && entry.EventId == 5 && entry.Message.Contains(text, StringComparison.Ordinal));

    private static async Task<string> NextAsync(ChannelMessageQueue messages) =>
        (await messages.ReadAsync(TestContext.Current.CancellationToken).Within("a message")).Message.ToString();

    private Task<StorkMember> StartAsync(string key = Key, Action<RedisAdapterOptions>? configure = null) =>
        StorkMember.StartAsync(_redis!.Configuration, key, options =>
        {
            options.Mode = RedisAdapterMode.Sharded;
            configure?.Invoke(options);
        });

    private Task<ChannelMessageQueue> ListenAsync(string channel) =>
        _foreign!.GetSubscriber().SubscribeAsync(RedisChannel.Sharded(channel));

    private Task<int> CountListenersAsync(string room) => SubscriberCount.AskAsync(
        _foreign!, RedisChannel.Sharded($"{Key}#/#{room}#"), TestContext.Current.CancellationToken);

    private Task UntilListenersAsync(string room, int count) =>
        Waiting.UntilAsync(async () => await CountListenersAsync(room) == count, $"{count} servers heard {room}");
}
