using System.Collections.Concurrent;

namespace Stork.Tests.EngineIO;

public sealed class ConnectionErrorTests
{
    [Theory]
    [InlineData("?EIO=4", 0, "Transport unknown")]
    [InlineData("?EIO=4&transport=polling&sid=unknown", 1, "Session ID unknown")]
    [InlineData("?EIO=4&transport=websocket", 3, "Bad request")]
    [InlineData("?EIO=4&transport=polling&refused", 4, "Not today")]
    [InlineData("?EIO=3&transport=polling", 5, "Unsupported protocol version")]
    public async Task Whoever_is_refused_is_told_of_with_the_request_and_what_it_is_answered(string query, int code, string message)
    {
        await using var app = await StorkApp.StartAsync(options => options.AllowRequest = context => new(
            context.Request.Query.ContainsKey("refused") ? HandshakeVerdict.Refuse("Not today") : HandshakeVerdict.Allow));
        var errors = new ConcurrentQueue<(int, string, string)>();
        app.IO.ConnectionError += _ => throw new InvalidOperationException("a listener");
        app.IO.ConnectionError += error => errors.Enqueue((error.Code, error.Message, error.HttpContext.Request.QueryString.Value!));
        using var answer = await app.Http.GetAsync("/socket.io/" + query);
        (await answer.Content.ReadAsStringAsync()).ShouldBe($"{{\"code\":{code},\"message\":\"{message}\"}}");
        errors.ShouldBe([(code, message, query)]);
        app.Log.Of(103).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Whoever_is_let_in_is_not_told_of_nor_to_a_listener_that_was_removed()
    {
        await using var app = await StorkApp.StartAsync();
        var count = 0;
        app.IO.ConnectionError += Count;
        using var handshake = await app.Http.GetAsync("/socket.io/?EIO=4&transport=polling");
        count.ShouldBe(0);
        app.IO.ConnectionError -= Count;
        using var refused = await app.Http.GetAsync("/socket.io/?EIO=4");
        count.ShouldBe(0);

        void Count(ConnectionError error) => count++;
    }
}
