using System.IO.Compression;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Stork.Tests.Clients;

namespace Stork.Tests.Hosting;

/// <summary>What surrounds the protocol on HTTP: paths, CORS, cookies, compression.</summary>
public class HttpTests
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";
    private const string Friend = "http://friend.example";

    [Theory]
    [InlineData(true, "/socket.io/", 200)]
    [InlineData(true, "/socket.io", 404)]
    [InlineData(false, "/socket.io/", 200)]
    [InlineData(false, "/socket.io", 200)]
    [InlineData(true, "/socket.io/anything", 200)]
    [InlineData(true, "/Socket.IO/", 200)]
    [InlineData(true, "/socket.iox/", 404)]
    [InlineData(true, "/", 404)]
    public async Task The_path_has_a_slash_behind_it_unless_the_options_say_otherwise(bool addTrailingSlash, string path, int status)
    {
        await using var app = await StorkApp.StartAsync(options => options.AddTrailingSlash = addTrailingSlash);
        using var answer = await app.Http.GetAsync($"{path}?EIO=4&transport=polling");
        ((int)answer.StatusCode).ShouldBe(status);
        using var webSocket = new ClientWebSocket();
        var url = new UriBuilder(app.Url) { Scheme = "ws", Path = path, Query = "EIO=4&transport=websocket" }.Uri;
        if (status == 200) await webSocket.ConnectAsync(url, default).Within("the handshake");
        else await Should.ThrowAsync<WebSocketException>(webSocket.ConnectAsync(url, default));
    }

    [Theory]
    [InlineData("/api", "/api/socket.io/")]
    [InlineData("/a/{tenant}", "/a/acme/socket.io/")]
    public async Task It_can_be_mapped_into_a_group(string group, string path)
    {
        await using var app = await StorkApp.StartAsync(pipeline: app => app.MapGroup(group).MapSocketIO());
        var url = "";
        app.IO.OnConnection(socket => url = socket.Handshake.Url);
        await using var client = await PollingClient.OpenAsync(app, path);
        await client.JoinAsync();
        url.ShouldStartWith(path);
        await using var webSocket = await WebSocketClient.OpenAsync(app, path);
        await webSocket.JoinAsync();
        using var outside = await app.Http.GetAsync(Handshake);
        outside.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Middleware_of_the_application_adds_headers_to_handshakes_alone_or_to_all_answers()
    {
        await using var app = await StorkApp.StartAsync(pipeline: app =>
        {
            app.Use(async (context, next) =>
            {
                context.Response.Headers["X-All"] = "all";
                if (!context.Request.Query.ContainsKey("sid")) context.Response.Headers["X-Initial"] = "initial";
                await next(context);
            });
            return app.MapSocketIO();
        });
        using var handshake = await app.Http.GetAsync(Handshake);
        (Header(handshake, "X-All"), Header(handshake, "X-Initial")).ShouldBe(("all", "initial"));
        var sid = (await handshake.Content.ReadAsStringAsync()).Split('"')[3];
        using var post = await app.Http.PostAsync($"{Handshake}&sid={sid}", new StringContent("40"));
        (Header(post, "X-All"), Header(post, "X-Initial")).ShouldBe(("all", ""));
        using var webSocket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        var url = new UriBuilder(app.Url) { Scheme = "ws", Path = "/socket.io/", Query = "EIO=4&transport=websocket" }.Uri;
        await webSocket.ConnectAsync(url, default).Within("the handshake");
        webSocket.HttpResponseHeaders!["X-Initial"].ShouldBe(["initial"]);
    }

    [Fact]
    public async Task It_works_below_a_path_base()
    {
        await using var app = await StorkApp.StartAsync(pipeline: app =>
        {
            app.UsePathBase("/base");
            app.UseRouting();
            return app.MapSocketIO();
        });
        var url = "";
        app.IO.OnConnection(socket => url = socket.Handshake.Url);
        await using var client = await PollingClient.OpenAsync(app, "/base/socket.io/");
        await client.JoinAsync();
        url.ShouldStartWith("/base/socket.io/?EIO=4");
        using var noSlash = await app.Http.GetAsync("/base/socket.io?EIO=4&transport=polling");
        noSlash.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Endpoint_conventions_apply()
    {
        await using var app = await StorkApp.StartAsync(pipeline: app =>
        {
            var io = app.MapSocketIO();
            io.RequireHost("io.example");
            return io;
        });
        using var elsewhere = await app.Http.GetAsync(Handshake);
        elsewhere.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var request = new HttpRequestMessage(HttpMethod.Get, Handshake);
        request.Headers.Host = "io.example";
        using var answer = await app.Http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cors_answers_preflights_and_marks_every_answer(bool byMiddleware)
    {
        var policy = new CorsPolicyBuilder(Friend)
            .AllowCredentials().WithHeaders("x-token").WithMethods("GET", "POST").WithExposedHeaders("x-seen").Build();
        await using var app = await StorkApp.StartAsync(
            options => options.Cors = byMiddleware ? null : policy,
            services: services => services.AddCors(cors => cors.AddPolicy("friends", policy)),
            pipeline: app =>
            {
                if (byMiddleware) app.UseCors();
                var io = app.MapSocketIO();
                if (byMiddleware) io.RequireCors("friends");
                return io;
            });

        using var preflight = await SendAsync(app, HttpMethod.Options, Handshake,
            ("Origin", Friend), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-token"));
        preflight.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Header(preflight, "Access-Control-Allow-Origin").ShouldBe(Friend);
        Header(preflight, "Access-Control-Allow-Credentials").ShouldBe("true");
        Header(preflight, "Access-Control-Allow-Headers").ShouldBe("x-token");
        Header(preflight, "Access-Control-Allow-Methods").ShouldContain("POST");

        using var handshake = await SendAsync(app, HttpMethod.Get, Handshake, ("Origin", Friend));
        handshake.StatusCode.ShouldBe(HttpStatusCode.OK);
        Header(handshake, "Access-Control-Allow-Origin").ShouldBe(Friend);
        Header(handshake, "Access-Control-Expose-Headers").ShouldBe("x-seen");
        using var refused = await SendAsync(app, HttpMethod.Get, "/socket.io/?EIO=4&transport=none", ("Origin", Friend));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        Header(refused, "Access-Control-Allow-Origin").ShouldBe(Friend);
        using var file = await SendAsync(app, HttpMethod.Get, "/socket.io/socket.io.js", ("Origin", Friend));
        Header(file, "Access-Control-Allow-Origin").ShouldBe(Friend);

        using var foreign = await SendAsync(app, HttpMethod.Get, Handshake, ("Origin", "http://other.example"));
        foreign.StatusCode.ShouldBe(HttpStatusCode.OK);
        Header(foreign, "Access-Control-Allow-Origin").ShouldBe("");
        await using var webSocket = await WebSocketClient.OpenAsync(app, configure: options => options.SetRequestHeader("Origin", Friend));
        await webSocket.JoinAsync();
    }

    [Fact]
    public async Task Without_a_policy_no_origin_is_named()
    {
        await using var app = await StorkApp.StartAsync();
        using var answer = await SendAsync(app, HttpMethod.Get, Handshake, ("Origin", Friend));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        Header(answer, "Access-Control-Allow-Origin").ShouldBe("");
    }

    [Fact]
    public async Task The_cookie_is_set_by_the_polling_handshake_alone()
    {
        await using var app = await StorkApp.StartAsync(options =>
            options.Cookie = new CookieBuilder { Name = "io", Path = "/", HttpOnly = true, SameSite = SameSiteMode.Lax });
        using var answer = await app.Http.GetAsync(Handshake);
        var sid = (await answer.Content.ReadAsStringAsync()).Split('"')[3];
        Header(answer, "Set-Cookie").ShouldBe($"io={sid}; path=/; samesite=lax; httponly");
        using var poll = await SendAsync(app, HttpMethod.Post, $"{Handshake}&sid={sid}");
        Header(poll, "Set-Cookie").ShouldBe("");
        using var webSocket = new ClientWebSocket();
        webSocket.Options.CollectHttpResponseDetails = true;
        var url = new UriBuilder(app.Url) { Scheme = "ws", Path = "/socket.io/", Query = "EIO=4&transport=websocket" }.Uri;
        await webSocket.ConnectAsync(url, default).Within("it");
        webSocket.HttpResponseHeaders!.Keys.ShouldNotContain("Set-Cookie");
    }

    public static TheoryData<CookieBuilder, string> Cookies => new()
    {
        { new CookieBuilder { Name = "io" }, "path=/; samesite=lax; httponly" },
        { new CookieBuilder { Name = "io", HttpOnly = false }, "path=/; samesite=lax; httponly" },
        {
            new CookieBuilder { Name = "io", SameSite = SameSiteMode.Strict, Path = "/socket.io/" },
            "path=/socket.io/; samesite=strict; httponly"
        },
        { new CookieBuilder { Name = "io", Path = "" }, "samesite=lax; httponly" },
        {
            new CookieBuilder
            {
                Name = "io", SameSite = SameSiteMode.None, SecurePolicy = CookieSecurePolicy.Always, Domain = "shop.example",
            },
            "domain=shop.example; path=/; secure; samesite=none; httponly"
        },
        { new BareCookie { Name = "io" }, "" },
    };

    [Theory]
    [MemberData(nameof(Cookies), DisableDiscoveryEnumeration = true)]
    public async Task The_cookie_has_what_the_original_gives_it_unless_said_otherwise(CookieBuilder cookie, string attributes)
    {
        await using var app = await StorkApp.StartAsync(options => options.Cookie = cookie);
        using var answer = await app.Http.GetAsync(Handshake);
        var sid = (await answer.Content.ReadAsStringAsync()).Split('"')[3];
        Header(answer, "Set-Cookie").ShouldBe(attributes.Length == 0 ? $"io={sid}" : $"io={sid}; {attributes}");
    }

    [Fact]
    public async Task The_cookie_needs_no_consent()
    {
        await using var app = await StorkApp.StartAsync(
            options => options.Cookie = new CookieBuilder { Name = "io" },
            services: services => services.Configure<CookiePolicyOptions>(policy => policy.CheckConsentNeeded = _ => true),
            pipeline: app =>
            {
                app.UseCookiePolicy();
                return app.MapSocketIO();
            });
        using var answer = await app.Http.GetAsync(Handshake);
        Header(answer, "Set-Cookie").ShouldStartWith("io=");
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("deflate", "deflate")]
    [InlineData("gzip, deflate, br", "gzip")]
    [InlineData("deflate;q=1, gzip;q=0.5", "deflate")]
    [InlineData("*", "gzip")]
    [InlineData("br", "")]
    [InlineData("gzip;q=0", "")]
    [InlineData("gzip;q=0, *;q=0.5", "deflate")]
    [InlineData("identity", "")]
    [InlineData("", "")]
    public async Task Long_answers_are_compressed_as_the_client_accepts_it(string accept, string expected)
    {
        await using var pair = await Pair.ConnectAsync(transport: SocketIOTransports.Polling);
        var text = new string('x', 5_000);
        await pair.Socket.EmitAsync("a", text);
        using var answer = await PollAsync(pair, accept);
        string.Join(',', answer.Content.Headers.ContentEncoding).ShouldBe(expected);
        var body = await answer.Content.ReadAsByteArrayAsync();
        if (expected.Length > 0) body.Length.ShouldBeLessThan(500);
        (await DecodeAsync(body, expected)).ShouldBe($"42[\"a\",\"{text}\"]");
    }

    [Fact]
    public async Task Short_answers_and_those_that_should_not_be_are_not_compressed()
    {
        await using var pair = await Pair.ConnectAsync(
            options: options => options.HttpCompressionThreshold = 1_000, transport: SocketIOTransports.Polling);
        var cases = new[] { (1_000 - 11, true, ""), (1_000 - 10, true, "gzip"), (5_000, false, ""), (5_000, true, "gzip") };
        foreach (var (length, compress, expected) in cases)
        {
            await pair.Socket.Compress(compress).EmitAsync("a", new string('x', length));
            using var answer = await PollAsync(pair, "gzip");
            string.Join(',', answer.Content.Headers.ContentEncoding).ShouldBe(expected, $"{length} {compress}");
        }

        // One that may be is enough for all that leave together.
        await pair.Socket.Compress(false).EmitAsync("a", new string('x', 5_000));
        await pair.IO.EmitAsync("b");
        using var mixed = await PollAsync(pair, "gzip");
        mixed.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        await pair.IO.Compress(false).EmitAsync("a", new string('x', 5_000));
        using var broadcast = await PollAsync(pair, "gzip");
        broadcast.Content.Headers.ContentEncoding.ShouldBeEmpty();
    }

    [Fact]
    public async Task Compression_can_be_turned_off()
    {
        await using var pair = await Pair.ConnectAsync(
            options: options => options.HttpCompression = false, transport: SocketIOTransports.Polling);
        await pair.Socket.EmitAsync("a", new string('x', 5_000));
        using var answer = await PollAsync(pair, "gzip");
        answer.Content.Headers.ContentEncoding.ShouldBeEmpty();
        answer.Content.Headers.ContentLength.ShouldBe(5_010);
    }

    [Fact]
    public async Task Files_are_not_served_if_the_options_say_so()
    {
        await using var app = await StorkApp.StartAsync(options => options.ServeClient = false);
        using var answer = await app.Http.GetAsync("/socket.io/socket.io.js");
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("{\"code\":0,\"message\":\"Transport unknown\"}");
    }

    /// <summary>Says nothing, and means it.</summary>
    private sealed class BareCookie : CookieBuilder
    {
        public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom) => new() { Path = null };
    }

    private static Task<HttpResponseMessage> PollAsync(Pair pair, string accept) =>
        SendAsync(
            pair.App,
            HttpMethod.Get,
            $"{Handshake}&sid={pair.Client.SessionId}",
            accept.Length == 0 ? [] : [("Accept-Encoding", accept)]);

    private static async Task<HttpResponseMessage> SendAsync(
        StorkApp app, HttpMethod method, string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, url);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        return await app.Http.SendAsync(request).Within("the answer");
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";

    private static async Task<string> DecodeAsync(byte[] body, string encoding)
    {
        using Stream stream = encoding switch
        {
            "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
            "deflate" => new ZLibStream(new MemoryStream(body), CompressionMode.Decompress),
            _ => new MemoryStream(body),
        };
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
