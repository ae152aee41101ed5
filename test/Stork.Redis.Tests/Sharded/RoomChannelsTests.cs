using System.Collections.Concurrent;
using Stork.Redis.Sharded;

namespace Stork.Redis.Tests.Sharded;

/// <summary>Rooms that come and go while their channels are still being subscribed to, or given up.</summary>
public sealed class RoomChannelsTests
{
    private static readonly ShardedChannels Channels = new("k", "/");

    private readonly ConcurrentDictionary<string, bool> _rooms = new(StringComparer.Ordinal);

    [Fact]
    public async Task In_the_end_those_channels_are_subscribed_to_whose_rooms_have_sockets()
    {
        var bus = new SimulatedBus();
        var rooms = new RoomChannels(Channels, bus, _rooms.ContainsKey);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() => ChangeAsync(rooms, seed))));
        await UntilAllAgreeAsync(rooms, bus);
        bus.Collisions.ShouldBeEmpty();
        _rooms.Clear();
        for (var i = 0; i < 10; i++) rooms.Update($"room {i}");
        await UntilAllAgreeAsync(rooms, bus);
        rooms.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Whoever_has_joined_waits_until_the_subscription_is_confirmed()
    {
        var bus = new SimulatedBus(isOpen: false);
        var rooms = new RoomChannels(Channels, bus, _rooms.ContainsKey);
        Change(rooms, "red", hasSockets: true);
        var pending = rooms.FindPending("red")!;
        pending.IsCompleted.ShouldBeFalse();
        bus.Open();
        await pending.Within("the subscription");
        bus.Subscribed.ShouldBe(["k#/#red#"]);
        rooms.FindPending("red").ShouldBeNull();
    }

    [Fact]
    public async Task Whoever_joins_while_the_channel_is_given_up_waits_until_it_is_there_again()
    {
        var bus = new SimulatedBus(isOpen: false);
        var rooms = new RoomChannels(Channels, bus, _rooms.ContainsKey);
        Change(rooms, "red", hasSockets: true);
        Change(rooms, "red", hasSockets: false);
        Change(rooms, "red", hasSockets: true);
        var pending = rooms.FindPending("red")!;
        bus.Open();
        await pending.Within("the subscription");
        bus.Subscribed.ShouldBe(["k#/#red#"]);
    }

    [Fact]
    public async Task Whoever_joins_as_the_second_waits_also_when_the_first_has_not_announced_the_room_yet()
    {
        var bus = new SimulatedBus();
        var rooms = new RoomChannels(Channels, bus, _rooms.ContainsKey);
        _rooms["red"] = true;
        await rooms.FindPending("red")!.Within("the subscription");
        bus.Subscribed.ShouldBe(["k#/#red#"]);
        rooms.Update("red");
        await (rooms.FindPending("red") ?? Task.CompletedTask).Within("nothing more");
        bus.Subscriptions.ShouldBe(1);
    }

    [Fact]
    public async Task What_the_bus_did_not_take_is_made_up_for()
    {
        var bus = new SimulatedBus { Failure = new InvalidOperationException() };
        var rooms = new RoomChannels(Channels, bus, _rooms.ContainsKey);
        Change(rooms, "red", hasSockets: true);
        await (rooms.FindPending("red") ?? Task.CompletedTask).Within("the failure");
        bus.Failure = null;
        await Waiting.Until(() => ReviewUntil(rooms, () => bus.Subscribed.Any()), "it was subscribed to");
        bus.Subscribed.ShouldBe(["k#/#red#"]);
    }

    [Fact]
    public async Task What_the_bus_has_lost_is_made_anew_when_it_is_missed_twice()
    {
        var bus = new SimulatedBus();
        var rooms = new RoomChannels(Channels, bus, _rooms.ContainsKey);
        Change(rooms, "red", hasSockets: true);
        await (rooms.FindPending("red") ?? Task.CompletedTask).Within("the subscription");
        bus.Lose("k#/#red#");
        rooms.Review();
        rooms.FindPending("red").ShouldBeNull();
        rooms.Review();
        await rooms.FindPending("red")!.Within("the next one");
        bus.Subscriptions.ShouldBe(2);
        for (var i = 0; i < 3; i++) rooms.Review();
        rooms.FindPending("red").ShouldBeNull();
    }

    [Fact]
    public async Task At_the_end_all_are_given_up()
    {
        var bus = new SimulatedBus();
        var rooms = new RoomChannels(Channels, bus, _rooms.ContainsKey);
        for (var i = 0; i < 10; i++) Change(rooms, $"room {i}", hasSockets: true);
        await rooms.CloseAsync().Within("the end");
        bus.Subscribed.ShouldBeEmpty();
    }

    [Fact]
    public void Rooms_that_others_take_for_a_socket_have_none()
    {
        var rooms = new RoomChannels(Channels, new SimulatedBus(), _rooms.ContainsKey);
        Change(rooms, "twenty characters ok", hasSockets: true);
        rooms.Count.ShouldBe(0);
    }

    private static bool ReviewUntil(RoomChannels rooms, Func<bool> isDone)
    {
        rooms.Review();
        return isDone();
    }

    private async Task ChangeAsync(RoomChannels rooms, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            Change(rooms, $"room {random.Next(10)}", random.Next(2) == 0);
            if (random.Next(8) == 0) await Task.Yield();
        }
    }

    private void Change(RoomChannels rooms, string room, bool hasSockets)
    {
        if (hasSockets) _rooms[room] = true;
        else _rooms.TryRemove(room, out _);
        rooms.Update(room);
    }

    private Task UntilAllAgreeAsync(RoomChannels rooms, SimulatedBus bus)
    {
        var expected = _rooms.Keys.Select(Channels.Of).Order().ToList();
        return Waiting.Until(
            () => rooms.Count == expected.Count && bus.Subscribed.SequenceEqual(expected),
            "rooms and channels agreed",
            () => $"{string.Join(',', bus.Subscribed)} instead of {string.Join(',', expected)}");
    }
}
