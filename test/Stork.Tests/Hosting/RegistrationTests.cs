using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stork.Tests.Clients;

namespace Stork.Tests.Hosting;

public sealed class RegistrationTests
{
    [Fact]
    public async Task Mapping_without_services_says_what_is_missing()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        Should.Throw<InvalidOperationException>(() => app.MapSocketIO()).Message.ShouldContain("AddSocketIO");
    }

    [Fact]
    public async Task Mapping_twice_is_refused()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO();
        await using var app = builder.Build();
        app.MapSocketIO();
        Should.Throw<InvalidOperationException>(() => app.MapSocketIO()).Message.ShouldContain("MapSocketIO was called before");
    }

    [Fact]
    public async Task Conventions_before_mapping_say_what_to_do()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSocketIO();
        await using var app = builder.Build();
        Should.Throw<InvalidOperationException>(() => app.Services.GetRequiredService<SocketIOServer>().RequireHost("x"))
            .Message.ShouldContain("MapSocketIO first");
    }

    [Fact]
    public async Task Adding_twice_adds_configuration()
    {
        await using var app = await StorkApp.StartAsync(
            options => options.MaxHttpBufferSize = 5_000,
            services: services => services.AddSocketIO(options => options.PingTimeout = TimeSpan.FromSeconds(7)));
        (await app.Http.GetStringAsync("/socket.io/?EIO=4&transport=polling")).ShouldContain("\"pingTimeout\":7000,\"maxPayload\":5000");
        app.Services.GetServices<SocketIOServer>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Any_service_may_emit()
    {
        await using var app = await StorkApp.StartAsync(services: services => services.AddSingleton<Announcer>());
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        await app.Services.GetRequiredService<Announcer>().AnnounceAsync("hello");
        await client.ShouldReceive("42[\"news\",\"hello\"]");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_class_is_made_for_each_socket_and_disposed_with_it(bool isRegistered)
    {
        var log = new List<string>();
        await using var app = await StorkApp.StartAsync(services: services =>
        {
            services.AddSingleton(log);
            services.AddScoped<Dependency>();
            if (isRegistered) services.AddScoped<Greeter>();
        });
        app.IO.OnConnection<Greeter>();
        await using var first = await WebSocketClient.OpenAsync(app);
        await first.JoinAsync();
        await using var second = await WebSocketClient.OpenAsync(app);
        await second.JoinAsync();
        await first.SendAsync("421[\"count\"]", "422[\"count\"]");
        await first.ShouldReceive("431[1]", "432[2]");
        await second.SendAsync("421[\"count\"]");
        await second.ShouldReceive("431[1]");
        log.ShouldBeEmpty();
        await first.SendAsync("41");
        await Waiting.Until(() => Snapshot(log).Count == 2, "handler and dependency were disposed");
        Snapshot(log).ShouldBe(["handler", "dependency"]);
    }

    [Fact]
    public async Task Services_of_a_socket_and_of_an_event_live_as_long_as_they()
    {
        var log = new List<string>();
        await using var pair = await Pair.ConnectAsync(services: services =>
        {
            services.AddSingleton(log);
            services.AddScoped<Dependency>();
        });
        var ofSocket = pair.Socket.Services.GetRequiredService<Dependency>();
        var ofEvents = new List<Dependency>();
        pair.Socket.On("a", (IServiceProvider services) => ofEvents.Add(services.GetRequiredService<Dependency>()));
        pair.Socket.On("b", async (IServiceProvider services) =>
        {
            await Task.Yield();
            var mine = services.GetRequiredService<Dependency>();
            mine.IsDisposed.ShouldBeFalse();
            ofEvents.Add(mine);
            return 1;
        });
        await pair.AskAsync("[\"a\"]");
        await pair.AskAsync("[\"b\"]");
        await pair.ShouldLive();
        ofEvents.Count.ShouldBe(2);
        ofEvents.ShouldAllBe(dependency => dependency.IsDisposed && dependency != ofSocket);
        ofSocket.IsDisposed.ShouldBeFalse();
        pair.Socket.Services.GetRequiredService<Dependency>().ShouldBeSameAs(ofSocket);
        await pair.Client.DisposeAsync();
        await Waiting.Until(() => ofSocket.IsDisposed, "the socket's services were disposed");
    }

    [Fact]
    public async Task Services_of_a_refused_socket_are_disposed()
    {
        Dependency? made = null;
        await using var app = await StorkApp.StartAsync(services: services =>
        {
            services.AddSingleton(new List<string>());
            services.AddScoped<Dependency>();
        });
        app.IO.Use(socket =>
        {
            made = socket.Services.GetRequiredService<Dependency>();
            throw new ConnectErrorException("no");
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await client.ShouldReceive("44{\"message\":\"no\"}");
        await Waiting.Until(() => made!.IsDisposed, "its services were disposed");
    }

    [Fact]
    public async Task Services_that_fail_to_dispose_are_logged()
    {
        await using var pair = await Pair.ConnectAsync(services: services => services.AddScoped<Broken>());
        pair.Socket.Services.GetRequiredService<Broken>();
        await pair.Client.DisposeAsync();
        (await pair.Log.WaitForAsync(22)).Exception!.Message.ShouldBe("mine");
        await pair.App.UntilConnections(0);
    }

    private static List<string> Snapshot(List<string> log)
    {
        lock (log) return [.. log];
    }

    private sealed class Announcer(SocketIOServer io)
    {
        public ValueTask AnnounceAsync(string text) => io.EmitAsync("news", text);
    }

    private sealed class Dependency(List<string> log) : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose()
        {
            IsDisposed = true;
            lock (log) log.Add("dependency");
        }
    }

    private sealed class Greeter(Dependency dependency, List<string> log) : ISocketHandler, IAsyncDisposable
    {
        private int _count;

        public Task OnConnectedAsync(Socket socket)
        {
            socket.On("count", () => ++_count);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            dependency.IsDisposed.ShouldBeFalse();
            lock (log) log.Add("handler");
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Broken : IDisposable
    {
        public void Dispose() => throw new InvalidOperationException("mine");
    }
}
