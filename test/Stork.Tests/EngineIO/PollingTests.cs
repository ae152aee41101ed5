using System.Net;
using System.Net.Sockets;
using System.Text;
using Stork.EngineIO.Transports;
using Stork.Tests.Clients;
using Stork.Tests.Timing;
using Stork.Wire;

namespace Stork.Tests.EngineIO;

public sealed class PollingTests
{
    [Fact]
    public async Task The_handshake_names_what_the_client_has_to_know_and_nothing_else()
    {
        await using var app = await StorkApp.StartAsync(options => options.MaxHttpBufferSize = 123_456);
        using var answer = await app.Http.GetAsync("/socket.io/?EIO=4&transport=polling&t=abc");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=UTF-8");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await answer.Content.ReadAsStringAsync()).ShouldMatch(
            "^0\\{\"sid\":\"[A-Za-z0-9_-]{20}\",\"upgrades\":\\[\"websocket\"\\],"
            + "\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":123456\\}$");
        answer.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Theory]
    [InlineData("GET", "?EIO=4", 400, "{\"code\":0,\"message\":\"Transport unknown\"}")]
    [InlineData("GET", "?EIO=4&transport=__proto__", 400, "{\"code\":0,\"message\":\"Transport unknown\"}")]
    [InlineData("GET", "?EIO=4&transport=webtransport", 400, "{\"code\":0,\"message\":\"Transport unknown\"}")]
    [InlineData("GET", "?EIO=4&transport=polling&transport=polling", 400, "{\"code\":0,\"message\":\"Transport unknown\"}")]
    [InlineData("GET", "?EIO=4&transport=polling&sid=unknown", 400, "{\"code\":1,\"message\":\"Session ID unknown\"}")]
    [InlineData("POST", "?EIO=4&transport=polling&sid=__proto__", 400, "{\"code\":1,\"message\":\"Session ID unknown\"}")]
    [InlineData("POST", "?EIO=4&transport=polling", 400, "{\"code\":2,\"message\":\"Bad handshake method\"}")]
    [InlineData("OPTIONS", "?EIO=4&transport=polling", 400, "{\"code\":2,\"message\":\"Bad handshake method\"}")]
    [InlineData("GET", "?EIO=4&transport=websocket", 400, "{\"code\":3,\"message\":\"Bad request\"}")]
    [InlineData("GET", "?EIO=3&transport=polling", 400, "{\"code\":5,\"message\":\"Unsupported protocol version\"}")]
    [InlineData("GET", "?transport=polling", 400, "{\"code\":5,\"message\":\"Unsupported protocol version\"}")]
    [InlineData("GET", "?EIO=4&EIO=4&transport=polling", 400, "{\"code\":5,\"message\":\"Unsupported protocol version\"}")]
    public async Task Refuses_requests_as_the_original_does(string method, string query, int status, string body)
    {
        await using var app = await StorkApp.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/socket.io/" + query);
        using var answer = await app.Http.SendAsync(request);
        ((int)answer.StatusCode).ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        (await answer.Content.ReadAsStringAsync()).ShouldBe(body);
        app.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task No_answer_to_a_post_is_kept_by_a_cache()
    {
        await using var pair = await ConnectAsync();
        using var answer = await ((PollingClient)pair.Client).PostAsync("42[\"a\"]");
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html");
        answer.Headers.CacheControl!.ToString().ShouldBe("no-store");
    }

    [Fact]
    public async Task A_second_poll_at_once_ends_the_session()
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await ConnectAsync(socket => socket.OnDisconnect(left.SetResult));
        var polling = (PollingClient)pair.Client;
        var first = polling.PollAsync();
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the first poll was waiting");
        using var second = await polling.GetAsync().Within("the second answer");
        second.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await second.Content.ReadAsStringAsync()).ShouldBeEmpty();
        (await first).ShouldBe(["1"]);
        (await left.Task.Within("the disconnect")).ShouldBe(DisconnectReason.TransportError);
        pair.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_second_post_at_once_ends_the_session()
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await ConnectAsync(socket => socket.OnDisconnect(left.SetResult));
        using var slow = await BeginPostAsync(pair, announced: 100, body: "42[\"a\"");
        using var second = await ((PollingClient)pair.Client).PostAsync("42[\"b\"]");
        second.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await left.Task.Within("the disconnect")).ShouldBe(DisconnectReason.TransportError);
        pair.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_post_that_is_aborted_ends_the_session()
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await ConnectAsync(socket => socket.OnDisconnect(left.SetResult));
        var post = await BeginPostAsync(pair, announced: 100, body: "42[\"a\"");
        post.LingerState = new LingerOption(enable: true, seconds: 0);
        post.Dispose();
        (await left.Task.Within("the disconnect")).ShouldBe(DisconnectReason.TransportError);
        await pair.App.UntilConnections(0);
        // The web server may complain about the rest of the body; that is its own affair.
        pair.Log.Problems.Where(problem => !problem.Category.StartsWith("Microsoft.", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_poll_that_is_aborted_ends_the_session()
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await ConnectAsync(socket => socket.OnDisconnect(left.SetResult));
        var poll = ((PollingClient)pair.Client).PollAsync();
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the poll was waiting");
        await pair.Client.DisposeAsync();
        (await left.Task.Within("the disconnect")).ShouldBe(DisconnectReason.TransportError);
        await Should.ThrowAsync<OperationCanceledException>(poll);
        await pair.App.UntilConnections(0);
    }

    /// <summary>Official clients put as many packets into a body as the limit on its bytes allows.</summary>
    [Fact]
    public async Task A_body_may_be_full_of_small_events()
    {
        var handled = 0;
        await using var pair = await ConnectAsync(socket => socket.On("a", (int n) => handled += n));
        const string Packet = "42[\"a\",10001]";
        var packets = Enumerable.Repeat(Packet, 1_000_000 / (Packet.Length + 1)).ToArray();
        packets.Length.ShouldBe(71_428);
        await pair.Client.SendAsync(packets);
        await pair.ShouldLive();
        handled.ShouldBe(71_428 * 10_001);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_may_have_the_limit_and_not_one_byte_more(bool chunked)
    {
        const int Limit = 20_000;
        await using var pair = await Pair.ConnectAsync(
            options: options => options.MaxHttpBufferSize = Limit, transport: SocketIOTransports.Polling);
        pair.Socket.On("a", (string text) => text.Length);
        foreach (var (length, status) in new[] { (Limit, 200), (Limit + 1, 413), (3 * Limit, 413), (Limit, 200) })
        {
            var body = "421[\"a\",\"" + new string('x', length - "421[\"a\",\"\"]".Length) + "\"]";
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/socket.io/?EIO=4&transport=polling&sid={pair.Client.SessionId}")
            {
                Content = new StringContent(body, Encoding.UTF8, "text/plain"),
            };
            request.Headers.TransferEncodingChunked = chunked;
            using var answer = await pair.App.Http.SendAsync(request);
            ((int)answer.StatusCode).ShouldBe(status);
            (await answer.Content.ReadAsStringAsync()).ShouldBe(status == 200 ? "ok" : "");
            if (status == 200) await pair.Client.ShouldReceive($"431[{length - "421[\"a\",\"\"]".Length}]");
        }

        pair.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_limit_above_the_web_servers_own_counts()
    {
        const int Limit = 40_000_000;
        await using var pair = await Pair.ConnectAsync(
            options: options => options.MaxHttpBufferSize = Limit, transport: SocketIOTransports.Polling);
        pair.Socket.On("a", (string text) => text.Length);
        await pair.Client.SendAsync("421[\"a\",\"" + new string('x', 35_000_000) + "\"]");
        await pair.Client.ShouldReceive("431[35000000]");
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("7")]
    [InlineData("4")]
    [InlineData("42[\"a\"]\x1e")]
    [InlineData("\x1e")]
    [InlineData("42[\"a\"]\x1e\x1e42[\"a\"]")]
    [InlineData("b!!!!")]
    [InlineData("bAQI")]
    [InlineData("4\ufeff2[\"a\"]")]
    public async Task What_cannot_be_read_ends_the_session_with_a_parse_error(string body)
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await ConnectAsync(socket => socket.OnDisconnect(left.SetResult));
        using var answer = await ((PollingClient)pair.Client).PostAsync(body);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await left.Task.Within("the disconnect")).ShouldBe(DisconnectReason.ParseError);
        // A "4" is a packet of Engine.IO, and only what it carries is wrong.
        if (body is "4" or "4\ufeff2[\"a\"]") await pair.Client.ShouldReceive("6", "1");
        else await ShouldBeUnknownAsync(pair);
        pair.IO.ConnectionCount.ShouldBe(0);
        pair.Log.Of(6).Count().ShouldBe(1);
    }

    [Theory]
    [InlineData("abc", DisconnectReason.ParseError)]
    [InlineData("2", DisconnectReason.TransportError)]
    [InlineData("42{}", DisconnectReason.ParseError)]
    public async Task A_poll_that_waits_for_a_client_that_breaks_the_rules_gets_the_farewell(string body, DisconnectReason reason)
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await ConnectAsync(socket => socket.OnDisconnect(left.SetResult));
        var poll = ((PollingClient)pair.Client).PollAsync();
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the poll was waiting");
        await pair.Client.SendAsync(body);
        (await poll).ShouldBe(["1"]);
        (await left.Task.Within("the disconnect")).ShouldBe(reason);
        await ShouldBeUnknownAsync(pair);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("2")]
    public async Task Output_from_before_a_packet_that_is_none_still_arrives(string body)
    {
        await using var pair = await ConnectAsync(socket => socket.On("a", () => 1));
        using var answer = await ((PollingClient)pair.Client).PostAsync($"421[\"a\"]\x1e{body}");
        await pair.Client.ShouldReceive("431[1]", "6", "1");
        pair.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_body_that_is_not_utf8_ends_the_session()
    {
        await using var pair = await ConnectAsync();
        using var content = new ByteArrayContent([(byte)'4', (byte)'2', (byte)'[', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)']']);
        using var answer = await pair.App.Http.PostAsync($"/socket.io/?EIO=4&transport=polling&sid={pair.Client.SessionId}", content);
        await ShouldBeUnknownAsync(pair);
        pair.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_binary_body_belongs_to_another_version()
    {
        await using var pair = await ConnectAsync();
        using var answer = await ((PollingClient)pair.Client).PostAsync("42[\"a\"]", "application/octet-stream");
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldBeEmpty();
        pair.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_ping_of_the_client_belongs_to_another_version()
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await ConnectAsync(socket => socket.OnDisconnect(left.SetResult));
        await pair.Client.SendAsync("2");
        (await left.Task.Within("the disconnect")).ShouldBe(DisconnectReason.TransportError);
        await ShouldBeUnknownAsync(pair);
    }

    [Fact]
    public async Task A_client_that_says_close_gets_its_waiting_poll_back()
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await ConnectAsync(socket => socket.OnDisconnect(left.SetResult));
        var poll = ((PollingClient)pair.Client).PollAsync();
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the poll was waiting");
        await pair.Client.SendAsync("1");
        (await poll).ShouldBe(["6"]);
        (await left.Task.Within("the disconnect")).ShouldBe(DisconnectReason.TransportClose);
        pair.IO.ConnectionCount.ShouldBe(0);
    }

    /// <summary>A request that found the session an instant before its end must not wait for what never comes.</summary>
    [Theory]
    [InlineData("aborted", "1")]
    [InlineData("closed by the client", "6")]
    [InlineData("closed by the server and forgotten", "6 1")]
    public async Task A_poll_that_comes_just_after_the_end_is_answered(string end, string answer)
    {
        var time = new ManualTime();
        await using var pair = await Pair.ConnectAsync(time: time, transport: SocketIOTransports.Polling);
        var connection = pair.Socket.Connection();
        var polling = (PollingTransport)connection.Transport;
        switch (end)
        {
            case "aborted":
                connection.Close(DisconnectReason.TransportError, abort: true);
                break;
            case "closed by the client":
                await pair.Client.SendAsync("1");
                break;
            default:
                await pair.Socket.DisconnectAsync(close: true);
                time.Advance(TimeSpan.FromSeconds(30.1));
                break;
        }

        pair.IO.ConnectionCount.ShouldBe(0);
        for (var again = 0; again < 2; again++)
        {
            Task<IReadOnlyList<EncodedPacket>>? poll;
            lock (connection.Gate) poll = polling.BeginPoll();
            var packets = await poll!.Within("the answer");
            string.Join(' ', packets.Select(packet => Encoding.UTF8.GetString(packet.First.Payload))).ShouldBe(answer);
        }
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("HEAD")]
    public async Task Other_methods_are_an_error(string method)
    {
        await using var pair = await ConnectAsync();
        var url = $"/socket.io/?EIO=4&transport=polling&sid={pair.Client.SessionId}";
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        using var answer = await pair.App.Http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await answer.Content.ReadAsStringAsync()).ShouldBeEmpty();
        await pair.ShouldLive();
    }

    /// <summary>A client that is kicked must learn that it was, or it reconnects by itself: also when all happens within one
    /// batch of its own.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everything_sent_before_a_disconnect_arrives_before_the_farewell(bool isPollWaiting)
    {
        await using var pair = await ConnectAsync();
        pair.Socket.On("kick me", async () =>
        {
            await pair.Socket.EmitAsync("bye", 1);
            await pair.Socket.DisconnectAsync(close: true);
        });
        var polling = (PollingClient)pair.Client;
        var poll = isPollWaiting ? polling.PollAsync() : null;
        if (isPollWaiting) await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the poll was waiting");
        await polling.SendAsync("42[\"kick me\"]");
        (await (poll ?? polling.PollAsync())).ShouldBe(["42[\"bye\",1]", "41"]);
        (await polling.PollAsync()).ShouldBe(["6", "1"]);
        pair.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task Everything_of_one_batch_leaves_in_one_answer()
    {
        await using var pair = await ConnectAsync();
        pair.Socket.On("a", (int n) => n);
        var polling = (PollingClient)pair.Client;
        var poll = polling.PollAsync();
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the poll was waiting");
        await polling.SendAsync("421[\"a\",1]", "422[\"a\",2]", "423[\"a\",3]");
        (await poll).ShouldBe(["431[1]", "432[2]", "433[3]"]);
    }

    [Fact]
    public async Task Binary_packets_travel_as_base64()
    {
        await using var pair = await ConnectAsync();
        pair.Socket.On("echo", (byte[] data) => data);
        await pair.Client.SendAsync("451-1[\"echo\",{\"_placeholder\":true,\"num\":0}]", "bAQIDBA==");
        await pair.Client.ShouldReceive("461-1[{\"_placeholder\":true,\"num\":0}]", "bAQIDBA==");
    }

    private static Task<Pair> ConnectAsync(Action<Socket>? onConnection = null) =>
        Pair.ConnectAsync(onConnection, transport: SocketIOTransports.Polling);

    private static async Task ShouldBeUnknownAsync(Pair pair)
    {
        using var answer = await ((PollingClient)pair.Client).GetAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("{\"code\":1,\"message\":\"Session ID unknown\"}");
    }

    /// <summary>A POST of which only the beginning is sent.</summary>
    private static async Task<System.Net.Sockets.Socket> BeginPostAsync(Pair pair, int announced, string body)
    {
        var socket = new System.Net.Sockets.Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, pair.App.Url.Port)).Within("the connection");
        var request = $"POST /socket.io/?EIO=4&transport=polling&sid={pair.Client.SessionId} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + $"Content-Type: text/plain\r\nContent-Length: {announced}\r\n\r\n{body}";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request)).Within("sending");
        await Waiting.Until(() => pair.Socket.Connection().Transport.IsReceiving, "the server was reading the post");
        return socket;
    }
}
