using Stork.Queues.Tests.Faults;
using Stork.Redis.Sharded;

namespace Stork.Redis.Tests.Sharded;

public sealed class SettlingRoomsTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_room_settles_for_some_seconds_after_the_last_time()
    {
        var rooms = new SettlingRooms(_time);
        rooms.Contains("red").ShouldBeFalse();
        rooms.Add(["red", "red", "blue"]);
        rooms.Contains("red").ShouldBeTrue();
        rooms.Contains("green").ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(8));
        rooms.Add(["red"]);
        _time.Advance(TimeSpan.FromSeconds(8));
        rooms.Contains("red").ShouldBeTrue();
        rooms.Contains("blue").ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(8));
        rooms.Contains("red").ShouldBeFalse();
    }

    [Fact]
    public void More_than_can_be_remembered_make_all_rooms_settle()
    {
        var rooms = new SettlingRooms(_time);
        for (var i = 0; i < 10_001; i++) rooms.Add([$"room {i}"]);
        rooms.Contains("any").ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(11));
        rooms.Contains("any").ShouldBeFalse();
        rooms.Contains("room 5").ShouldBeFalse();
    }
}
