using System.Text;
using Stork.Redis.PubSub;

namespace Stork.Redis.Tests.Wire;

public sealed class PubSubChannelsTests
{
    [Fact]
    public void Names_are_those_of_the_official_adapter()
    {
        var channels = new PubSubChannels("socket.io", "/chat", "abcdef");
        channels.Broadcast.ShouldBe("socket.io#/chat#");
        channels.For([]).ShouldBe("socket.io#/chat#");
        channels.For(["r1"]).ShouldBe("socket.io#/chat#r1#");
        channels.For(["r1", "r1"]).ShouldBe("socket.io#/chat#r1#");
        channels.For(["r1", "r2"]).ShouldBe("socket.io#/chat#");
        channels.Request.ShouldBe("socket.io-request#/chat#");
        channels.Response.ShouldBe("socket.io-response#/chat#");
        channels.OwnResponse.ShouldBe("socket.io-response#/chat#abcdef#");
    }

    [Theory]
    [InlineData("socket.io", "/", "socket.i*[^e]#/#*")]
    [InlineData("site", "/", "site*#/#*")]
    [InlineData("é", "/", "é*#/#*")]
    [InlineData("a*b", "/x?[y]\\", "a\\**[^e]#/x\\?\\[y\\]\\\\#*")]
    public void One_pattern_matches_broadcasts_and_requests_and_no_answers_where_it_can(string prefix, string nsp, string pattern) =>
        new PubSubChannels(prefix, nsp, "abcdef").Pattern.ShouldBe(pattern);

    [Theory]
    [InlineData("k#/a#", "")]
    [InlineData("k#/a#room#", "room")]
    [InlineData("k#/a#with # and ä#", "with # and ä")]
    [InlineData("k#/ab#", null)]
    [InlineData("k#/#", null)]
    [InlineData("k2#/a#", null)]
    public void The_room_is_read_from_the_name(string channel, string? room) =>
        new PubSubChannels("k", "/a", "abcdef").TryGetRoom(Encoding.UTF8.GetBytes(channel), out var read).ShouldBe(room is not null, read);
}
