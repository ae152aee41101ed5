using Stork.Interop.Tests.Wire;

namespace Stork.Interop.Tests.Conformance;

/// <summary>Engine.IO v4 as the official protocol suite asks for it, spoken byte by byte with the host in the role <c>eio</c>.</summary>
[Collection(ShortHeartbeats.Name)]
public sealed class EngineProtocolTests(EngineHost host) : IClassFixture<EngineHost>
{
    private const string Path = "/engine.io/";
    private const string OverWebSocket = Path + "?EIO=4&transport=websocket";

    [Fact]
    public async Task A_session_is_opened_by_polling()
    {
        using var client = new WirePolling(host.Url, Path);
        using var response = await client.SendAsync(HttpMethod.Get, "EIO=4&transport=polling", headers: "Origin: http://elsewhere");

        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=UTF-8");
        response.Headers.CacheControl!.ToString().ShouldBe("no-store");
        response.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
        var body = await response.Content.ReadAsStringAsync();
        body.ShouldMatch(
            """^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\["websocket"\],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000\}$""");
    }

    [Fact]
    public async Task A_session_is_opened_by_WebSocket()
    {
        await using var socket = await WireWebSocket.OpenAsync(host.Url, OverWebSocket);
        (await socket.ReadTextAsync()).ShouldMatch(
            """^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\[\],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000\}$""");
    }

    [Theory]
    [InlineData("4hello")]
    [InlineData("4")]
    [InlineData("4one\u001e4two\u001e4three")]
    [InlineData("4text\u001ebAQIDBA==")]
    [InlineData("bAQIDBA==\u001eb\u001eb/w==")]
    [InlineData("4Grüße 🦩\u2028")]
    [InlineData("4{\"a\":\"\\u001e\"}")]
    public async Task Messages_come_back_by_polling(string payload)
    {
        using var client = new WirePolling(host.Url, Path);
        await client.OpenAsync();

        (await client.PostAsync(payload)).ShouldBe((200, "ok"));
        (await client.ReceiveAsync()).ShouldBe(payload);
    }

    [Fact]
    public async Task Messages_come_back_by_WebSocket()
    {
        await using var socket = await OpenAsync();
        foreach (var text in new[] { "hello", "", "Grüße 🦩", new string('x', 70_000) })
        {
            await socket.SendAsync("4" + text);
            (await socket.ReadTextAsync()).ShouldBe("4" + text);
        }

        foreach (var data in new[] { [1, 2, 3, 4], [], new byte[70_000] })
        {
            await socket.SendAsync(data);
            (await socket.ReadAsync()).ToString().ShouldBe($"<{Convert.ToHexString(data)}>");
        }

        // Base64 in a text frame is what clients with forceBase64 send.
        await socket.SendAsync("bAQIDBA==");
        (await socket.ReadAsync()).ToString().ShouldBe("<01020304>");
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("7")]
    [InlineData("")]
    [InlineData("4ok\u001e")]
    [InlineData("bA")]
    public async Task A_packet_that_is_none_closes_a_polling_session(string payload)
    {
        using var client = new WirePolling(host.Url, Path);
        await client.OpenAsync();
        await client.PostAsync(payload);

        // What was right before is still answered; otherwise there is nothing to say.
        if (payload.StartsWith("4ok", StringComparison.Ordinal)) (await client.PollAsync()).ShouldBe((200, "4ok"));
        else (await client.PollAsync()).ShouldBe((400, """{"code":1,"message":"Session ID unknown"}"""));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("7")]
    [InlineData("")]
    [InlineData("bA")]
    public async Task A_packet_that_is_none_closes_a_WebSocket(string frame)
    {
        await using var socket = await OpenAsync();
        await socket.SendAsync(frame);
        (await socket.ReadAsync()).Kind.ShouldBeOneOf(WireMessageKind.Close, WireMessageKind.Cut);
    }

    [Fact]
    public async Task A_second_poll_closes_the_session()
    {
        using var client = new WirePolling(host.Url, Path);
        await client.OpenAsync();
        // The first that brings nothing but the farewell is the one that was overtaken; a ping may come before.
        var first = client.PollAsync();
        var second = client.PollAsync();
        (int Status, string Body)[] answers = [await first, await second];
        answers.Order().ShouldBe([(200, "1"), (400, "")]);
        (await client.PollAsync()).ShouldBe((400, """{"code":1,"message":"Session ID unknown"}"""));
    }

    [Fact]
    public async Task The_server_pings_a_polling_client()
    {
        using var client = new WirePolling(host.Url, Path);
        await client.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            (await client.PollAsync()).ShouldBe((200, "2"));
            (await client.PostAsync("3")).ShouldBe((200, "ok"));
        }
    }

    [Fact]
    public async Task The_server_pings_a_WebSocket_client()
    {
        await using var socket = await OpenAsync();
        socket.AnswersPings = false;
        for (var i = 0; i < 3; i++)
        {
            (await socket.ReadTextAsync()).ShouldBe("2");
            await socket.SendAsync("3");
        }
    }

    [Fact]
    public async Task A_polling_client_that_does_not_answer_is_given_up()
    {
        using var client = new WirePolling(host.Url, Path);
        await client.OpenAsync();
        (await client.PollAsync()).ShouldBe((200, "2"));
        (await client.PollAsync()).ShouldBe((200, "1"));
        (await client.PostAsync("3")).ShouldBe((400, """{"code":1,"message":"Session ID unknown"}"""));
    }

    [Fact]
    public async Task A_WebSocket_client_that_does_not_answer_is_given_up()
    {
        await using var socket = await OpenAsync();
        socket.AnswersPings = false;
        (await socket.ReadTextAsync()).ShouldBe("2");
        (await socket.ReadAsync()).Kind.ShouldBeOneOf(WireMessageKind.Close, WireMessageKind.Cut);
    }

    [Fact]
    public async Task A_polling_client_closes_its_session()
    {
        using var client = new WirePolling(host.Url, Path);
        await client.OpenAsync();
        var waiting = client.PollAsync();
        (await client.PostAsync("1")).ShouldBe((200, "ok"));
        (await waiting).ShouldBeOneOf((200, "6"), (400, """{"code":1,"message":"Session ID unknown"}"""));
        (await client.PollAsync()).ShouldBe((400, """{"code":1,"message":"Session ID unknown"}"""));
    }

    [Fact]
    public async Task A_WebSocket_client_closes_its_session()
    {
        await using var socket = await OpenAsync();
        await socket.SendCloseAsync(1000);
        (await socket.ReadAsync()).ToString().ShouldBe("[closed 1000]");
        (await socket.ReadAsync()).Kind.ShouldBe(WireMessageKind.Cut);
    }

    [Fact]
    public async Task The_transport_is_upgraded()
    {
        using var client = new WirePolling(host.Url, Path);
        var sid = (await client.OpenAsync()).GetProperty("sid").GetString();
        await using var socket = await WireWebSocket.OpenAsync(host.Url, $"{OverWebSocket}&sid={sid}");
        await socket.SendAsync("2probe");
        (await socket.ReadTextAsync()).ShouldBe("3probe");

        // What was under way is finished with a noop, unless something was to be said.
        (await client.ReceiveAsync()).ShouldBe("6");
        await socket.SendAsync("5");
        await socket.SendAsync("4hello");
        (await socket.ReadTextAsync()).ShouldBe("4hello");

        // From now on the session belongs to the WebSocket.
        (await client.PollAsync()).ShouldBe((400, """{"code":3,"message":"Bad request"}"""));
        (await client.PostAsync("4x")).ShouldBe((400, """{"code":3,"message":"Bad request"}"""));
        await WireWebSocket.EndedAtOnceAsync(host.Url, $"{OverWebSocket}&sid={sid}");
        await socket.SendAsync("4still here");
        (await socket.ReadTextAsync()).ShouldBe("4still here");
    }

    [Fact]
    public async Task Output_of_the_polling_time_leaves_over_the_WebSocket()
    {
        using var client = new WirePolling(host.Url, Path);
        var sid = (await client.OpenAsync()).GetProperty("sid").GetString();
        await using var socket = await WireWebSocket.OpenAsync(host.Url, $"{OverWebSocket}&sid={sid}");
        await socket.SendAsync("2probe");
        (await socket.ReadTextAsync()).ShouldBe("3probe");
        await client.PostAsync("4first\u001ebAQI=\u001e4third");
        await socket.SendAsync("5");
        await socket.SendAsync("4fourth");

        var messages = new List<string>();
        for (var i = 0; i < 4; i++) messages.Add((await socket.ReadAsync()).ToString());
        messages.ShouldBe(["4first", "<0102>", "4third", "4fourth"]);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("4hello")]
    [InlineData("2")]
    [InlineData("2prob")]
    [InlineData("nonsense")]
    public async Task An_upgrade_that_begins_wrong_ends_and_the_session_goes_on_polling(string frame)
    {
        using var client = new WirePolling(host.Url, Path);
        var sid = (await client.OpenAsync()).GetProperty("sid").GetString();
        await using (var socket = await WireWebSocket.OpenAsync(host.Url, $"{OverWebSocket}&sid={sid}"))
        {
            await socket.SendAsync(frame);
            (await socket.ReadAsync()).Kind.ShouldBeOneOf(WireMessageKind.Close, WireMessageKind.Cut);
        }

        await client.PostAsync("4hello");
        (await client.ReceiveAsync()).ShouldBe("4hello");
    }

    private async Task<WireWebSocket> OpenAsync()
    {
        var socket = await WireWebSocket.OpenAsync(host.Url, OverWebSocket);
        (await socket.ReadTextAsync()).ShouldStartWith("0{");
        return socket;
    }
}
