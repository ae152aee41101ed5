using System.Text;
using System.Text.Json;

namespace Stork.Tests.SocketIO.Events;

public sealed class EventSerializerTests
{
    [Fact]
    public void Makes_events_as_servers_do()
    {
        var payload = new EventSerializer().Serialize("order", new { Id = 7, File = new byte[] { 1, 2 } }, "x", null);
        Encoding.UTF8.GetString(payload.Json.Span).ShouldBe("""["order",{"id":7,"file":{"_placeholder":true,"num":0}},"x",null]""");
        payload.Attachments.ShouldHaveSingleItem().ToArray().ShouldBe([1, 2]);
    }

    [Fact]
    public void Options_say_how_arguments_become_JSON()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper };
        var payload = new EventSerializer(options).SerializeForServers("order", new { OrderId = 7 });
        Encoding.UTF8.GetString(payload.Json.Span).ShouldBe("""["order",{"ORDER_ID":7}]""");
    }

    [Fact]
    public void Reserved_names_are_refused()
    {
        var serializer = new EventSerializer();
        Should.Throw<ArgumentException>(() => serializer.Serialize("disconnect"));
        Should.Throw<ArgumentException>(() => serializer.SerializeForServers("connection"));
    }

    [Fact]
    public void What_clients_could_not_take_is_refused()
    {
        Should.Throw<ArgumentException>(() => new EventSerializer(maxAttachments: 0).Serialize("file", (object)new byte[] { 1 }));
        Should.Throw<JsonException>(() => new EventSerializer(maxDepth: 2).Serialize("deep", (object)new int[][] { [1] }));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1001, 10)]
    [InlineData(64, -1)]
    [InlineData(64, 10_001)]
    public void Limits_have_ranges(int maxDepth, int maxAttachments) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new EventSerializer(options: null, maxDepth, maxAttachments));
}
