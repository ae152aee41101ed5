using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Stork.EngineIO;
using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.Hosting;

/// <summary>Who gets in: authorization of the endpoint, foreign origins, the application's own judgement, and how many.</summary>
public class AccessTests
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    [Fact]
    public async Task An_endpoint_that_requires_authorization_refuses_strangers_on_every_transport()
    {
        await using var app = await StartWithAuthenticationAsync(require: true);
        using var answer = await app.Http.GetAsync(Handshake);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await RefusalAsync(app)).ShouldBe(HttpStatusCode.Unauthorized);
        using var file = await app.Http.GetAsync("/socket.io/socket.io.js");
        file.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        app.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task Every_request_of_a_session_has_to_be_authorized()
    {
        await using var app = await StartWithAuthenticationAsync(require: true);
        using var request = new HttpRequestMessage(HttpMethod.Get, Handshake);
        request.Headers.Add("Authorization", "Name ada");
        using var answer = await app.Http.SendAsync(request);
        var sid = (await answer.Content.ReadAsStringAsync()).Split('"')[3];
        using var poll = await app.Http.GetAsync($"{Handshake}&sid={sid}");
        poll.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await RefusalAsync(app, "&sid=" + sid)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_user_of_the_request_is_the_user_of_the_handshake(bool require)
    {
        await using var app = await StartWithAuthenticationAsync(require);
        app.IO.OnConnection(socket =>
        {
            var identity = socket.Handshake.User.Identity!;
            return socket.EmitAsync("you are", identity.Name, identity.IsAuthenticated).AsTask();
        });
        await using var client = await WebSocketClient.OpenAsync(
            app, configure: options => options.SetRequestHeader("Authorization", "Name ada"));
        await client.JoinAsync();
        await client.ShouldReceive("42[\"you are\",\"ada\",true]");
        if (require) return;
        await using var stranger = await WebSocketClient.OpenAsync(app);
        await stranger.JoinAsync();
        await stranger.ShouldReceive("42[\"you are\",null,false]");
    }

    [Fact]
    public async Task The_handshake_tells_of_the_request()
    {
        await using var app = await StorkApp.StartAsync();
        var seen = new TaskCompletionSource<Handshake>();
        app.IO.OnConnection(socket => seen.SetResult(socket.Handshake));
        await using var client = await WebSocketClient.OpenAsync(app, query: "&token=a%20b&x=1&x=2", configure: options =>
        {
            options.SetRequestHeader("X-Custom", "yes");
            options.SetRequestHeader("Origin", "https://elsewhere.example");
        });
        await client.JoinAsync(auth: "{\"user\":\"ada\"}");
        var handshake = await seen.Task.Within("the handshake");
        handshake.Headers["x-custom"].ToString().ShouldBe("yes");
        handshake.Query["token"].ToString().ShouldBe("a b");
        handshake.Query["x"].Count.ShouldBe(2);
        handshake.Query["EIO"].ToString().ShouldBe("4");
        handshake.Url.ShouldBe("/socket.io/?EIO=4&transport=websocket&token=a%20b&x=1&x=2");
        handshake.Address.ShouldBe(IPAddress.Loopback);
        handshake.Secure.ShouldBeFalse();
        handshake.IsCrossDomain.ShouldBeTrue();
        handshake.Auth.GetProperty("user").GetString().ShouldBe("ada");
        handshake.Issued.ShouldBeGreaterThanOrEqualTo(handshake.Time);
    }

    /// <summary>Cookies travel along whoever's page it is; so a foreign page must not open a session with them.</summary>
    [Theory]
    [InlineData(null, true, true)]
    [InlineData("http://{host}", true, true)]
    [InlineData("https://{host}", true, true)]
    [InlineData("http://{name}:1", true, false)]
    [InlineData("http://evil.example", true, false)]
    [InlineData("http://evil.example", false, true)]
    [InlineData("http://{host}.evil.example", true, false)]
    [InlineData("http://evil.example/{host}", true, false)]
    [InlineData("http://{host}@evil.example", true, false)]
    [InlineData("null", true, false)]
    [InlineData("null", false, true)]
    [InlineData("", true, false)]
    [InlineData("not a url", true, false)]
    [InlineData("http://{host}, http://evil.example", true, false)]
    public async Task A_foreign_page_cannot_borrow_cookies(string? origin, bool hasCookie, bool isAllowed)
    {
        await using var app = await StorkApp.StartAsync();
        var headers = new List<(string, string)>();
        if (origin is not null)
        {
            var ownOrigin = origin.Replace("{host}", app.Url.Authority, StringComparison.Ordinal)
                .Replace("{name}", app.Url.Host, StringComparison.Ordinal);
            headers.Add(("Origin", ownOrigin));
        }
        if (hasCookie) headers.Add(("Cookie", "session=secret"));
        using var answer = await GetAsync(app, Handshake, headers);
        answer.StatusCode.ShouldBe(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        if (!isAllowed) (await answer.Content.ReadAsStringAsync()).ShouldBe("{\"code\":4,\"message\":\"Origin not allowed\"}");
        (await RefusalAsync(app, headers: headers)).ShouldBe(isAllowed ? null : HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_default_port_may_be_named_or_not()
    {
        await using var app = await StorkApp.StartAsync();
        foreach (var (host, origin, isAllowed) in new[]
        {
            ("shop.example", "http://shop.example", true),
            ("shop.example:80", "http://shop.example", true),
            ("shop.example", "http://shop.example:80", true),
            ("shop.example", "https://shop.example", true),
            ("SHOP.example", "https://shop.EXAMPLE:443", true),
            ("shop.example:8080", "http://shop.example", false),
            ("shop.example", "http://shop.example:8080", false),
            ("[::1]:5000", "http://[::1]:5000", true),
            ("[::1]:5000", "http://[::2]:5000", false),
        })
        {
            using var answer = await GetAsync(app, Handshake, [("Host", host), ("Origin", origin), ("Cookie", "a=b")]);
            answer.StatusCode.ShouldBe(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, $"{origin} at {host}");
        }
    }

    /// <summary>Browsers write both headers in ASCII; some programs, and proxies that are told a name by hand, do not.</summary>
    [Theory]
    [InlineData("xn--bcher-kva.example", "https://xn--bcher-kva.example", true)]
    [InlineData("xn--bcher-kva.example", "https://bücher.example", true)]
    [InlineData("XN--BCHER-KVA.example", "https://xn--bcher-kva.EXAMPLE", true)]
    [InlineData("xn--bcher-kva.example:8443", "https://xn--bcher-kva.example:8443", true)]
    [InlineData("xn--bcher-kva.example:443", "https://xn--bcher-kva.example", true)]
    [InlineData("xn--bcher-kva.example:80", "http://xn--bcher-kva.example", true)]
    [InlineData("xn--bcher-kva.example", "http://xn--bcher-kva.example:80", true)]
    [InlineData("xn--bcher-kva.example", "https://xn--bcher-kva.example:8443", false)]
    [InlineData("xn--bcher-kva.example", "https://xn--bcher-2pa.example", false)]
    [InlineData("xn--bcher-kva.example", "https://bucher.example", false)]
    [InlineData("xn--fa-hia.example", "https://faß.example", true)]
    [InlineData("fass.example", "https://faß.example", false)]
    [InlineData("xn--wgv71a.example", "https://日本.example", true)]
    [InlineData("xn--zzzzzz999.example", "https://xn--zzzzzz999.example", true)]
    [InlineData("xn--zzzzzz999.example", "https://shop.example", false)]
    [InlineData("shop.example.", "https://shop.example.", true)]
    [InlineData("shop.example", "https://shop.example.", false)]
    [InlineData("SHOP.example", "https://shop.EXAMPLE", true)]
    [InlineData("shop.example:80", "https://shop.example", false)]
    [InlineData("shop.example:443", "http://shop.example", false)]
    [InlineData("a_b.example", "https://a_b.example", true)]
    [InlineData("localhost:5000", "http://localhost:5000", true)]
    [InlineData("localhost:5000", "http://127.0.0.1:5000", false)]
    [InlineData("127.0.0.1:5000", "http://127.0.0.1:5000", true)]
    [InlineData("[::1]:5000", "http://[::1]:5000", true)]
    [InlineData("[::1]:5000", "http://[0:0:0:0:0:0:0:1]:5000", true)]
    [InlineData("[2001:DB8::1]", "http://[2001:db8::1]", true)]
    [InlineData("[2001:db8::1]", "http://[2001:db8::2]", false)]
    [InlineData("[2001:db8::1]:80", "http://[2001:db8::1]", true)]
    [InlineData("shop.example", "http://shop.example@evil.example", false)]
    [InlineData("shop.example", "http://evil.example/shop.example", false)]
    [InlineData("shop.example", "http://shop.example.evil.example", false)]
    [InlineData("shop.example", "file:///shop.example", false)]
    [InlineData("shop.example", "about:blank", false)]
    [InlineData("shop.example", "null", false)]
    [InlineData("shop.example", "data:shop.example", false)]
    public async Task A_site_is_known_by_whichever_name_it_is_called(string host, string origin, bool isAllowed)
    {
        await using var app = await StorkApp.StartAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(app.Url.Host, app.Url.Port).Within("the connection");
        var request = $"GET {Handshake} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: a=b\r\nConnection: close\r\n\r\n";
        await tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request));
        using var answer = new StreamReader(tcp.GetStream());
        (await answer.ReadToEndAsync().Within("the answer")).ShouldStartWith(isAllowed ? "HTTP/1.1 200" : "HTTP/1.1 403");
    }

    [Theory]
    [InlineData("", "http://shop.example")]
    [InlineData("shop.example/x", "http://shop.example")]
    [InlineData("shop.example?x", "http://shop.example")]
    [InlineData("shop.example#x", "http://shop.example")]
    [InlineData("evil@shop.example", "http://shop.example")]
    [InlineData("shop.example\\x", "http://shop.example")]
    [InlineData("", "file:///")]
    [InlineData("", "about:blank")]
    public void What_is_no_host_is_no_site(string host, string origin) => OriginCheck.IsSameSite(origin, host).ShouldBeFalse();

    [Fact]
    public async Task A_refused_origin_is_told_once_with_both_names_and_the_way_out()
    {
        var time = new ManualTime();
        await using var app = await StorkApp.StartAsync(time: time);
        async Task AskAsync(string origin)
        {
            using var answer = await GetAsync(app, Handshake, [("Host", "upstream:5000"), ("Origin", origin), ("Cookie", "a=b")]);
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }

        for (var i = 0; i < 3; i++) await AskAsync("https://shop.example");
        var told = app.Log.Of(100).ShouldHaveSingleItem();
        told.Level.ShouldBe(LogLevel.Warning);
        foreach (var word in new[] { "\"https://shop.example\"", "\"upstream:5000\"", "X-Forwarded-Host", "Cors", "CheckOrigin" })
            told.Message.ShouldContain(word);

        // Whoever invents origins does not fill the log, nor for ever keep others out of it.
        for (var i = 0; i < 200; i++) await AskAsync($"https://{i}.example");
        app.Log.Of(100).Count().ShouldBe(100);
        time.Advance(TimeSpan.FromMinutes(61));
        await AskAsync("https://shop.example");
        app.Log.Of(100).Count().ShouldBe(101);
    }

    [Theory]
    [InlineData("named", true)]
    [InlineData("any", false)]
    [InlineData("without credentials", false)]
    public async Task A_policy_that_allows_credentials_from_there_allows_the_origin(string policy, bool isAllowed)
    {
        CorsPolicy Policy() => policy switch
        {
            "named" => new CorsPolicyBuilder("http://friend.example").AllowCredentials().Build(),
            "any" => new CorsPolicyBuilder().AllowAnyOrigin().Build(),
            _ => new CorsPolicyBuilder("http://friend.example").Build(),
        };
        (string, string)[] headers = [("Origin", "http://friend.example"), ("Cookie", "a=b")];

        await using var byOption = await StorkApp.StartAsync(options => options.Cors = Policy());
        using var first = await GetAsync(byOption, Handshake, headers);
        first.StatusCode.ShouldBe(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden);

        await using var byEndpoint = await StorkApp.StartAsync(
            services: services => services.AddCors(cors => cors.AddPolicy("friends", Policy())),
            pipeline: app =>
            {
                app.UseCors();
                var io = app.MapSocketIO();
                io.RequireCors("friends");
                return io;
            });
        using var second = await GetAsync(byEndpoint, Handshake, headers);
        second.StatusCode.ShouldBe(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        using var foreign = await GetAsync(byEndpoint, Handshake, [("Origin", "http://evil.example"), ("Cookie", "a=b")]);
        foreign.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_check_can_be_turned_off()
    {
        await using var app = await StorkApp.StartAsync(options => options.CheckOrigin = false);
        using var answer = await GetAsync(app, Handshake, [("Origin", "http://evil.example"), ("Cookie", "a=b")]);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_application_judges_each_handshake_and_no_later_request()
    {
        var asked = 0;
        await using var app = await StorkApp.StartAsync(options => options.AllowRequest = async context =>
        {
            await Task.Yield();
            Interlocked.Increment(ref asked);
            return context.Request.Query["pass"] == "yes" ? HandshakeVerdict.Allow
                : context.Request.Query["pass"] == "silent" ? default
                : HandshakeVerdict.Refuse("Say \"please\".");
        });
        using var refused = await app.Http.GetAsync(Handshake);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync()).ShouldBe("{\"code\":4,\"message\":\"Say \\\"please\\\".\"}");
        using var silent = await app.Http.GetAsync(Handshake + "&pass=silent");
        (await silent.Content.ReadAsStringAsync()).ShouldBe("{\"code\":4,\"message\":\"Forbidden\"}");
        (await RefusalAsync(app)).ShouldBe(HttpStatusCode.BadRequest);
        asked.ShouldBe(3);

        await using var client = await PollingClient.OpenAsync(app, query: "&pass=yes");
        await client.JoinAsync();
        await using var probe = await WebSocketClient.OpenProbeAsync(app, client.SessionId);
        await probe.SendAsync("2probe");
        await probe.ShouldReceive("3probe");
        asked.ShouldBe(4);
    }

    [Fact]
    public async Task A_judgement_that_throws_refuses_with_an_error()
    {
        await using var app = await StorkApp.StartAsync(options => options.AllowRequest = _ => throw new InvalidOperationException("mine"));
        using var answer = await app.Http.GetAsync(Handshake);
        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        app.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task No_more_sessions_are_opened_than_allowed()
    {
        await using var app = await StorkApp.StartAsync(options => options.MaxConnections = 2);
        await using var first = await WebSocketClient.OpenAsync(app);
        await using var second = await PollingClient.OpenAsync(app);
        using var third = await app.Http.GetAsync(Handshake);
        third.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await RefusalAsync(app)).ShouldBe(HttpStatusCode.ServiceUnavailable);
        app.Log.Of(5).Count().ShouldBe(2);
        await second.JoinAsync();
        await first.DisposeAsync();
        await app.UntilConnections(1);
        await using var fourth = await WebSocketClient.OpenAsync(app);
    }

    private static Task<StorkApp> StartWithAuthenticationAsync(bool require) => StorkApp.StartAsync(
        services: services =>
        {
            services.AddAuthentication("Name").AddScheme<AuthenticationSchemeOptions, NameHandler>("Name", null);
            services.AddAuthorization();
        },
        pipeline: app =>
        {
            app.UseAuthentication();
            app.UseAuthorization();
            var io = app.MapSocketIO();
            if (require) io.RequireAuthorization();
            return io;
        });

    private static async Task<HttpResponseMessage> GetAsync(StorkApp app, string url, IEnumerable<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        return await app.Http.SendAsync(request).Within("the answer");
    }

    /// <summary>The status a WebSocket handshake is refused with; null if it is not.</summary>
    private static async Task<HttpStatusCode?> RefusalAsync(
        StorkApp app, string query = "", IEnumerable<(string Name, string Value)>? headers = null)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        foreach (var (name, value) in headers ?? []) socket.Options.SetRequestHeader(name, value);
        var url = new UriBuilder(app.Url) { Scheme = "ws", Path = "/socket.io/", Query = "EIO=4&transport=websocket" + query }.Uri;
        try
        {
            await socket.ConnectAsync(url, default).Within("the WebSocket handshake");
            socket.Abort();
            return null;
        }
        catch (WebSocketException)
        {
            return socket.HttpStatusCode;
        }
    }

    private sealed class NameHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var header = Request.Headers.Authorization.ToString();
            if (!header.StartsWith("Name ", StringComparison.Ordinal)) return Task.FromResult(AuthenticateResult.NoResult());
            var user = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, header[5..])], "Name"));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(user, "Name")));
        }
    }
}
