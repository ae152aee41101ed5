using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Stork.Interop.Tests.Servers;
using Stork.Interop.Tests.Wire;

namespace Stork.Interop.Tests.Conformance;

/// <summary>What Engine.IO answers to requests that are not as they should be: status, content type and body, byte by byte.</summary>
public sealed class ErrorTableTests : IAsyncLifetime
{
    private const string Path = "/socket.io/";
    private const string Polling = "EIO=4&transport=polling";
    private const string UnknownTransport = """{"code":0,"message":"Transport unknown"}""";
    private const string UnknownSession = """{"code":1,"message":"Session ID unknown"}""";
    private const string BadMethod = """{"code":2,"message":"Bad handshake method"}""";
    private const string BadRequest = """{"code":3,"message":"Bad request"}""";
    private const string Forbidden = """{"code":4,"message":"Forbidden"}""";
    private const string UnsupportedVersion = """{"code":5,"message":"Unsupported protocol version"}""";

    private TestServer _server = null!;
    private WirePolling _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(
            io => io.OnConnection(socket => socket.On("echo", (EventArguments arguments) => socket.EmitAsync("echo", arguments))),
            options =>
            {
                options.MaxHttpBufferSize = 2048;
                options.AllowRequest = context => new(context.Request.Query.TryGetValue("refuse", out var why)
                    ? HandshakeVerdict.Refuse(why == "" ? null : why.ToString())
                    : HandshakeVerdict.Allow);
            });
        _client = new WirePolling(_server.Url, Path);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "EIO=4", 400, UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=", 400, UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=tcp", 400, UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=Polling", 400, UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=__proto__", 400, UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=constructor", 400, UnknownTransport)]
    [InlineData("GET", "EIO=4&transport=webtransport", 400, UnknownTransport)]
    [InlineData("POST", "EIO=4&transport=tcp", 400, UnknownTransport)]
    [InlineData("GET", "", 400, UnknownTransport)]
    [InlineData("GET", Polling + "&sid=unknown", 400, UnknownSession)]
    [InlineData("GET", "EIO=3&transport=polling&sid=", 400, UnsupportedVersion)]
    [InlineData("GET", Polling + "&sid=__proto__", 400, UnknownSession)]
    [InlineData("POST", Polling + "&sid=unknown", 400, UnknownSession)]
    [InlineData("PUT", Polling + "&sid=unknown", 400, UnknownSession)]
    [InlineData("GET", "EIO=3&transport=polling&sid=unknown", 400, UnknownSession)]
    [InlineData("GET", "EIO=4&transport=websocket&sid=unknown", 400, UnknownSession)]
    [InlineData("POST", Polling, 400, BadMethod)]
    [InlineData("PUT", Polling, 400, BadMethod)]
    [InlineData("DELETE", Polling, 400, BadMethod)]
    [InlineData("GET", "EIO=4&transport=websocket", 400, BadRequest)]
    [InlineData("GET", Polling + "&refuse=", 403, Forbidden)]
    [InlineData("GET", Polling + "&refuse=Not%20today", 403, """{"code":4,"message":"Not today"}""")]
    [InlineData("GET", Polling + "&refuse=%22%5C%0a", 403, """{"code":4,"message":"\"\\\n"}""")]
    [InlineData("GET", "transport=polling", 400, UnsupportedVersion)]
    [InlineData("GET", "EIO=3&transport=polling", 400, UnsupportedVersion)]
    [InlineData("GET", "EIO=5&transport=polling", 400, UnsupportedVersion)]
    [InlineData("GET", "EIO=abc&transport=polling", 400, UnsupportedVersion)]
    public async Task A_request_is_refused_in_the_words_of_the_original(string method, string query, int status, string body)
    {
        using var response = await _client.SendAsync(new HttpMethod(method), query);

        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        (await response.Content.ReadAsStringAsync()).ShouldBe(body);
        _server.IO.ConnectionCount.ShouldBe(0);
    }

    [Theory]
    [InlineData("EIO=4", "Transport unknown")]
    [InlineData("EIO=4&transport=tcp", "Transport unknown")]
    [InlineData("EIO=4&transport=websocket&sid=unknown", "Session ID unknown")]
    [InlineData("EIO=4&transport=websocket&sid=__proto__", "Session ID unknown")]
    [InlineData("EIO=4&transport=polling", "Bad request")]
    [InlineData("EIO=4&transport=websocket&refuse=", "Forbidden")]
    [InlineData("EIO=4&transport=websocket&refuse=Not%20today", "Not today")]
    [InlineData("EIO=3&transport=websocket", "Unsupported protocol version")]
    [InlineData("transport=websocket", "Unsupported protocol version")]
    public async Task An_upgrade_is_refused_in_plain_words(string query, string message)
    {
        var (head, body) = await WireWebSocket.RefusedAsync(_server.Url, $"{Path}?{query}");

        head.ShouldStartWith("HTTP/1.1 400 ");
        head.ShouldContain("Content-Type: text/html\r\n", Case.Insensitive);
        head.ShouldContain("Connection: close\r\n", Case.Insensitive);
        body.ShouldBe(message);
        _server.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_session_stays_with_its_transport_and_version()
    {
        await _client.OpenAsync();
        (await _client.ReadAsync(HttpMethod.Get, $"EIO=4&transport=websocket&sid={_client.Sid}")).ShouldBe((400, BadRequest));
        await using var socket = await WireWebSocket.OpenAsync(_server.Url, $"{Path}?EIO=4&transport=websocket");
        var sid = System.Text.Json.JsonElement.Parse((await socket.ReadTextAsync())[1..]).GetProperty("sid").GetString();
        (await _client.ReadAsync(HttpMethod.Get, $"{Polling}&sid={sid}")).ShouldBe((400, BadRequest));
        (await _client.ReadAsync(HttpMethod.Get, $"EIO=3&transport=polling&sid={_client.Sid}")).ShouldBe((400, BadRequest));
        (await _client.ReadAsync(HttpMethod.Get, $"transport=polling&sid={_client.Sid}")).ShouldBe((400, BadRequest));
        await IsAliveAsync();
    }

    [Theory]
    [InlineData("/socket.io")]
    [InlineData("/socket.iox/")]
    [InlineData("/elsewhere/")]
    public async Task Other_paths_are_not_ours(string path)
    {
        using var client = new WirePolling(_server.Url, path);
        (await client.ReadAsync(HttpMethod.Get, Polling)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_file_that_is_not_the_clients_is_an_engine_request()
    {
        using var client = new WirePolling(_server.Url, Path + "nothing.js");
        (await client.ReadAsync(HttpMethod.Get, "")).ShouldBe((400, UnknownTransport));
    }

    [Fact]
    public async Task A_post_is_answered_with_ok()
    {
        await _client.OpenAsync();
        using var response = await _client.SendAsync(HttpMethod.Post, _client.Query, new StringContent("40"));
        ((int)response.StatusCode).ShouldBe(200);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/html");
        (await response.Content.ReadAsStringAsync()).ShouldBe("ok");
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused_and_the_session_stays()
    {
        await _client.OpenAsync();
        (await _client.PostAsync("40")).ShouldBe((200, "ok"));
        (await _client.ReceiveAsync()).ShouldStartWith("40{");
        (await _client.PostAsync("42[\"echo\",\"" + new string('x', 2048 - 13) + "\"]")).ShouldBe((200, "ok"));
        (await _client.ReceiveAsync()).Length.ShouldBe(2048);

        (await _client.PostAsync(new string('x', 2049))).ShouldBe((413, ""));
        using var chunked = new StreamContent(new MemoryStream(new byte[2049]));
        chunked.Headers.ContentLength = null;
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_server.Url}socket.io/?{_client.Query}") { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        using var http = new HttpClient();
        using var response = await http.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(413);
        await IsAliveAsync();
    }

    [Fact]
    public async Task A_binary_body_closes_the_session()
    {
        await _client.OpenAsync();
        (await _client.PostAsync([4], "application/octet-stream")).ShouldBe((400, ""));
        (await _client.PollAsync()).ShouldBe((400, UnknownSession));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task Other_methods_on_a_session_are_answered_with_500(string method)
    {
        await _client.OpenAsync();
        (await _client.ReadAsync(new HttpMethod(method), _client.Query)).ShouldBe((500, ""));
        await IsAliveAsync();
    }

    [Fact]
    public async Task Two_posts_at_once_close_the_session()
    {
        await _client.OpenAsync();
        var first = new HalfSentBody("4");
        var posting = _client.SendAsync(HttpMethod.Post, _client.Query, first);
        await first.HalfSent;
        (await _client.PostAsync("40")).ShouldBe((400, ""));
        first.Finish();
        (await posting).Dispose();
        (await _client.PollAsync()).ShouldBe((400, UnknownSession));
    }

    [Fact]
    public async Task A_poll_the_client_aborts_closes_the_session()
    {
        var ended = new Processes.Observations<string>();
        await using var server = await TestServer.StartAsync(
            io => io.OnConnection(socket => socket.OnDisconnect(reason => ended.Add(reason.ToText()))));
        using var client = new WirePolling(server.Url, Path);
        await client.OpenAsync();
        await client.PostAsync("40");
        (await client.ReceiveAsync()).ShouldStartWith("40{");

        // Raw, so that the request is known to have been sent before it is given up.
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(server.Url.Host, server.Url.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {Path}?{client.Query} HTTP/1.1\r\nHost: x\r\n\r\n"));
        tcp.Close();
        (await ended.NextAsync("the end of the session")).ShouldBe("transport error");
        (await client.PollAsync()).ShouldBe((400, UnknownSession));
    }

    [Fact]
    public async Task A_client_that_pings_is_closed()
    {
        await _client.OpenAsync();
        await _client.PostAsync("2");
        (await _client.PollAsync()).ShouldBe((400, UnknownSession));
    }

    [Fact]
    public async Task A_session_the_server_closes_says_farewell()
    {
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("close me", () => socket.DisconnectAsync(close: true).AsTask());
        }));
        using var client = new WirePolling(server.Url, Path);
        await client.OpenAsync();
        await client.PostAsync("40");
        (await client.ReceiveAsync()).ShouldStartWith("40{");
        await client.PostAsync("42[\"close me\"]");
        (await client.PollAsync()).ShouldBe((200, "41"));
        (await client.PollAsync()).ShouldBe((200, "6\u001e1"));
        (await client.PollAsync()).ShouldBe((400, UnknownSession));
    }

    [Fact]
    public async Task A_violation_delivers_what_was_queued_before_the_farewell()
    {
        await _client.OpenAsync();
        await _client.PostAsync("40\u001e42[\"echo\",1]\u001e42{}");
        var (status, body) = await _client.PollAsync();
        status.ShouldBe(200);
        body.ShouldStartWith("40{");
        body.ShouldEndWith("\u001e42[\"echo\",1]");
        (await _client.PollAsync()).ShouldBe((200, "6\u001e1"));
        (await _client.PollAsync()).ShouldBe((400, UnknownSession));
    }

    [Fact]
    public async Task Headers_for_other_origins_are_on_every_answer()
    {
        await using var server = await TestServer.StartAsync(
            _ => { },
            options => options.Cors = new CorsPolicyBuilder("http://app.example")
                .AllowCredentials().WithMethods("GET", "POST").WithHeaders("x-token").Build());
        using var client = new WirePolling(server.Url, Path);
        string[] origin = ["Origin: http://app.example"];

        foreach (var query in new[] { Polling, "EIO=4&transport=tcp" })
        {
            using var answer = await client.SendAsync(HttpMethod.Get, query, headers: origin);
            Allowed(answer.Headers).ShouldBe("http://app.example true");
        }

        using var preflight = await client.SendAsync(
            HttpMethod.Options,
            Polling,
            headers: [.. origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-token"]);
        ((int)preflight.StatusCode).ShouldBe(204);
        Allowed(preflight.Headers).ShouldBe("http://app.example true");
        preflight.Headers.GetValues("Access-Control-Allow-Headers").ShouldHaveSingleItem().ShouldBe("x-token");
        preflight.Headers.GetValues("Access-Control-Allow-Methods").ShouldHaveSingleItem().ShouldContain("POST");

        await using var socket = await WireWebSocket.OpenAsync(server.Url, $"{Path}?EIO=4&transport=websocket", origin);
        (await socket.ReadTextAsync()).ShouldStartWith("0{");

        // No refusal, only no headers: the browser decides. With cookies it is another matter.
        using var foreign = await client.SendAsync(HttpMethod.Get, Polling, headers: "Origin: http://evil.example");
        ((int)foreign.StatusCode).ShouldBe(200);
        foreign.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
        using var hijacked = await client.SendAsync(HttpMethod.Get, Polling, headers: ["Origin: http://evil.example", "Cookie: session=1"]);
        ((int)hijacked.StatusCode).ShouldBe(403);
        using var own = await client.SendAsync(HttpMethod.Get, Polling, headers: [.. origin, "Cookie: session=1"]);
        ((int)own.StatusCode).ShouldBe(200);

        static string Allowed(HttpResponseHeaders headers) =>
            $"{headers.GetValues("Access-Control-Allow-Origin").Single()} {headers.GetValues("Access-Control-Allow-Credentials").Single()}";
    }

    [Fact]
    public async Task The_cookie_is_set_by_the_polling_handshake_alone()
    {
        await using var server = await TestServer.StartAsync(
            _ => { },
            options => options.Cookie = new Microsoft.AspNetCore.Http.CookieBuilder
            {
                Name = "io", Path = "/", HttpOnly = true, SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Lax,
            });
        using var client = new WirePolling(server.Url, Path);
        using var handshake = await client.SendAsync(HttpMethod.Get, Polling);
        var sid = System.Text.Json.JsonElement.Parse((await handshake.Content.ReadAsStringAsync())[1..]).GetProperty("sid").GetString();
        handshake.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldBe($"io={sid}; path=/; samesite=lax; httponly");

        using var post = await client.SendAsync(HttpMethod.Post, $"{Polling}&sid={sid}", new StringContent("40"));
        post.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    private async Task IsAliveAsync()
    {
        (await _client.PostAsync("40/nowhere")).ShouldBe((200, "ok"));
        (await _client.ReceiveAsync()).ShouldBe("44/nowhere,{\"message\":\"Invalid namespace\"}");
    }

    /// <summary>A body whose second half is sent when the test says so.</summary>
    private sealed class HalfSentBody(string body) : HttpContent
    {
        private readonly TaskCompletionSource _halfSent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HalfSent => _halfSent.Task;

        public void Finish() => _finish.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(body));
            await stream.FlushAsync();
            _halfSent.TrySetResult();
            await _finish.Task;
            await stream.WriteAsync("x"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
