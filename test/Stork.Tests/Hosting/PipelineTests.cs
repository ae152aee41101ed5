using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpLogging;
using Microsoft.Extensions.DependencyInjection;
using Stork.Tests.Clients;

namespace Stork.Tests.Hosting;

/// <summary>Middlewares of ASP.NET Core that an application has for its pages leave the endpoint as it is, wherever
/// in the pipeline they stand.</summary>
public class PipelineTests
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";
    private const string SlowPage = "/slow";

    public static TheoryData<Place> Places => [Place.BeforeRouting, Place.BehindRouting];

    public enum Place
    {
        /// <summary>The middleware knows no endpoint yet.</summary>
        BeforeRouting,
        BehindRouting,
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_poll_is_held_longer_than_requests_may_take(Place place)
    {
        await using var app = await StartWithTimeoutsAsync(place);
        await using var client = await PollingClient.OpenAsync(app);
        var socket = await JoinAsync(app, client);
        var poll = client.PollAsync();
        await Waiting.Until(() => socket.Connection().IsReady(), "the poll was waiting");

        await UntilRequestsTimedOutAsync(app);
        await socket.EmitAsync("news");
        (await poll).ShouldBe(["42[\"news\"]"]);
        socket.Connected.ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_post_is_held_longer_than_requests_may_take(Place place)
    {
        var release = new TaskCompletionSource();
        await using var app = await StartWithTimeoutsAsync(place, options => options.MaxPendingEvents = 1);
        app.IO.OnConnection(socket => socket.On("wait", () => release.Task));
        await using var client = await PollingClient.OpenAsync(app);
        var socket = await JoinAsync(app, client);
        var post = client.SendAsync("42[\"wait\"]", "42[\"wait\"]", "42[\"wait\"]");
        await Waiting.Until(() => socket.Connection().IsPaused(), "the POST was held");

        await UntilRequestsTimedOutAsync(app);
        release.SetResult();
        await post;
        socket.Connected.ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Each_client_has_a_session_of_its_own_though_pages_are_cached(Place place)
    {
        await using var app = await StartAsync(
            place,
            services => services.AddOutputCache(cache => cache.AddBasePolicy(policy => policy.Cache())),
            app => app.UseOutputCache());
        await using var first = await PollingClient.OpenAsync(app);
        await using var second = await PollingClient.OpenAsync(app);
        second.SessionId.ShouldNotBe(first.SessionId);
        var socket = await JoinAsync(app, first);
        foreach (var news in new[] { "one", "two", "three" })
        {
            await socket.EmitAsync(news);
            await first.ShouldReceive($"42[\"{news}\"]");
        }
    }

    [Fact]
    public async Task An_application_cannot_cache_the_endpoint_by_mistake()
    {
        await using var app = await StorkApp.StartAsync(
            services: services => services.AddOutputCache(),
            pipeline: app =>
            {
                app.UseOutputCache();
                var io = app.MapSocketIO();
                io.CacheOutput();
                return io;
            });
        (await app.Http.GetStringAsync(Handshake)).ShouldNotBe(await app.Http.GetStringAsync(Handshake));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Answers_that_should_not_be_compressed_are_not(Place place)
    {
        await using var app = await StartAsync(place, services => services.AddResponseCompression(), app => app.UseResponseCompression());
        await using var client = await PollingClient.OpenAsync(app);
        var socket = await JoinAsync(app, client);
        await socket.Compress(false).EmitAsync("a", new string('x', 5_000));
        using var plain = await GetAsync(app, $"{Handshake}&sid={client.SessionId}");
        plain.Content.Headers.ContentEncoding.ShouldBeEmpty();
        plain.Content.Headers.ContentLength.ShouldBe(5_010);

        // Stork's own compression is another matter, and nobody compresses once more what it has done.
        await socket.EmitAsync("a", new string('x', 5_000));
        using var compressed = await GetAsync(app, $"{Handshake}&sid={client.SessionId}");
        compressed.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);

        using var refused = await GetAsync(app, "/socket.io/?EIO=4&transport=none");
        (await refused.Content.ReadAsStringAsync()).ShouldBe("{\"code\":0,\"message\":\"Transport unknown\"}");
        using var content = new StringContent("42[\"hello\"]");
        using var post = new HttpRequestMessage(HttpMethod.Post, $"{Handshake}&sid={client.SessionId}") { Content = content };
        using var posted = await SendAsync(app, post);
        (await posted.Content.ReadAsStringAsync()).ShouldBe("ok");
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_refusal_without_a_body_is_no_page(Place place)
    {
        await using var app = await StartAsync(
            place,
            services: null,
            app => app.UseStatusCodePagesWithRedirects("/error?status={0}"),
            options => (options.MaxConnections, options.MaxHttpBufferSize) = (1, 1024));
        await using var client = await PollingClient.OpenAsync(app);
        using var full = await GetAsync(app, Handshake);
        full.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        using var large = await client.PostAsync("42[\"" + new string('x', 2_000) + "\"]");
        large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await large.Content.ReadAsStringAsync()).ShouldBe("");
    }

    /// <summary>All that the framework has for a pipeline, at once.</summary>
    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task A_client_lives_behind_every_middleware(SocketIOTransports transport)
    {
        await using var app = await StorkApp.StartAsync(services: AddEverything, pipeline: UseEverything);
        await using var client = await TestClient.OpenAsync(app, transport);
        var socket = await JoinAsync(app, client);
        socket.On("echo", (string text) => text);
        foreach (var text in new[] { "short", new string('x', 5_000) })
        {
            await client.SendAsync($"421[\"echo\",\"{text}\"]");
            await client.ShouldReceive($"431[\"{text}\"]");
        }

        await socket.DisconnectAsync();
        await client.ShouldReceive("41");
    }

    [Fact]
    public async Task An_upgrade_passes_every_middleware()
    {
        await using var app = await StorkApp.StartAsync(services: AddEverything, pipeline: UseEverything);
        await using var client = await PollingClient.OpenAsync(app);
        var socket = await JoinAsync(app, client);
        await using var probe = await WebSocketClient.OpenProbeAsync(app, client.SessionId);
        await probe.SendAsync("2probe");
        await probe.ShouldReceive("3probe");
        await probe.SendAsync("5");
        await socket.EmitAsync("news");
        await probe.ShouldReceive("42[\"news\"]");
    }

    /// <summary>A held poll is a request that runs, as every limiter counts it; which of them is to count it
    /// is the application's to say.</summary>
    [Fact]
    public async Task The_endpoint_can_be_taken_out_of_a_rate_limit()
    {
        await using var app = await StorkApp.StartAsync(
            services: services => services.AddRateLimiter(limiter =>
                limiter.GlobalLimiter = System.Threading.RateLimiting.PartitionedRateLimiter.Create<HttpContext, string>(
                    _ => System.Threading.RateLimiting.RateLimitPartition.GetConcurrencyLimiter("all", _ => new() { PermitLimit = 1 }))),
            pipeline: app =>
            {
                app.UseRateLimiter();
                var io = app.MapSocketIO();
                io.DisableRateLimiting();
                return io;
            });
        await using var first = await WebSocketClient.OpenAsync(app);
        await using var second = await WebSocketClient.OpenAsync(app);
        app.IO.ConnectionCount.ShouldBe(2);
    }

    private static void AddEverything(IServiceCollection services)
    {
        services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromSeconds(20) });
        services.AddOutputCache(cache => cache.AddBasePolicy(policy => policy.Cache()));
        services.AddResponseCaching();
        services.AddResponseCompression();
        services.AddRequestDecompression();
        services.AddHttpLogging(logging => logging.LoggingFields = HttpLoggingFields.All);
        services.AddAntiforgery();
        services.AddDistributedMemoryCache();
        services.AddSession();
        services.AddRateLimiter(_ => { });
        services.AddHsts(_ => { });
        services.AddAuthentication();
        services.AddAuthorization();
        services.AddCors();
        services.AddProblemDetails();
    }

    private static SocketIOServer UseEverything(WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseHttpLogging();
        app.UseForwardedHeaders();
        app.UseHsts();
        app.UseStatusCodePages();
        app.UseResponseCompression();
        app.UseRequestDecompression();
        app.UseResponseCaching();
        app.UseStaticFiles();
        app.UseWebSockets();
        app.UseRouting();
        app.UseRequestLocalization();
        app.UseCors();
        app.UseRateLimiter();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UseSession();
        app.UseOutputCache();
        return app.MapSocketIO();
    }

    private static Task<StorkApp> StartWithTimeoutsAsync(Place place, Action<SocketIOOptions>? options = null) => StartAsync(
        place,
            services => services.AddRequestTimeouts(timeouts =>
                timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromMilliseconds(100) }),
        app =>
        {
            app.UseRequestTimeouts();
            app.Map(
                SlowPage,
                page => page.Run(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)));
        },
        options);

    private static Task<StorkApp> StartAsync(
        Place place, Action<IServiceCollection>? services, Action<WebApplication> use, Action<SocketIOOptions>? options = null) =>
        StorkApp.StartAsync(options, services: services, pipeline: app =>
        {
            if (place == Place.BeforeRouting) use(app);
            app.UseRouting();
            if (place == Place.BehindRouting) use(app);
            return app.MapSocketIO();
        });

    /// <summary>A request that began later than what is tested has been given up by the middleware.</summary>
    private static async Task UntilRequestsTimedOutAsync(StorkApp app)
    {
        using var slow = await GetAsync(app, SlowPage);
        slow.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
    }

    private static async Task<Socket> JoinAsync(StorkApp app, TestClient client)
    {
        var id = await client.JoinAsync();
        app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        return socket!;
    }

    private static async Task<HttpResponseMessage> GetAsync(StorkApp app, string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        return await SendAsync(app, request);
    }

    private static async Task<HttpResponseMessage> SendAsync(StorkApp app, HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br").ShouldBeTrue();
        return await app.Http.SendAsync(request).Within("the answer");
    }
}
