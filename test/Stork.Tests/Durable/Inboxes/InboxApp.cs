using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;
using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>A server with a store, whose clients say in the query who they are; a middleware vouches for it.</summary>
internal sealed class InboxApp : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    private readonly StorkApp _app;

    private InboxApp(StorkApp app, ManualTime? time)
    {
        _app = app;
        Time = time;
    }

    public StorkApp App => _app;

    public SocketIOServer IO => _app.IO;

    /// <summary>The clock of leases and time-outs, if it was asked for.</summary>
    public ManualTime? Time { get; }

    /// <param name="directory">Where the store is; in memory if null.</param>
    /// <param name="options">More options.</param>
    /// <param name="isTimed">Whether time is moved by hand.</param>
    /// <param name="services">More services.</param>
    public static async Task<InboxApp> StartAsync(
        string? directory = null,
        Action<SocketIOOptions>? options = null,
        bool isTimed = false,
        Action<IServiceCollection>? services = null)
    {
        var time = isTimed ? new ManualTime() : null;
        var app = await StorkApp.StartAsync(
            settings =>
            {
                settings.DataDirectory = directory ?? "memory";
                settings.Store = new QueueStoreOptions
                {
                    Durability = directory is null ? Durability.Memory : Durability.Fsync,
                    SegmentSize = 4 << 20,
                    MinFreeBytes = 0,
                    // The tests' clock jumps; it is not this process that stood still.
                    StallTolerance = QueueOptions.MaxDelay,
                };
                options?.Invoke(settings);
            },
            time,
            services,
            pipeline: web =>
            {
                web.Use((context, next) =>
                {
                    if (context.Request.Query["user"] is [{ } user])
                        context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user)], "test"));
                    return next();
                });
                return web.MapSocketIO();
            });
        app.IO.OnConnection(socket => socket.On("quiet?", () => { }));
        return new InboxApp(app, time);
    }

    /// <summary>A client that has joined.</summary>
    public async Task<TestClient> ConnectAsync(
        string? user = "42", string nsp = "/", SocketIOTransports transport = SocketIOTransports.WebSocket)
    {
        var client = await OpenAsync(user, transport);
        await client.JoinAsync(nsp);
        return client;
    }

    /// <summary>A client that has a connection but has joined nothing.</summary>
    public async Task<TestClient> OpenAsync(string? user = "42", SocketIOTransports transport = SocketIOTransports.WebSocket)
    {
        var query = user is null ? "" : "&user=" + Uri.EscapeDataString(user);
        return transport == SocketIOTransports.Polling
            ? await PollingClient.OpenAsync(_app, query: query)
            : await WebSocketClient.OpenAsync(_app, query: query);
    }

    public Task UntilConsumers(string inbox, int count) =>
        UntilAsync(inbox, numbers => numbers?.Consumers == count, $"inbox {inbox} had {count} consumers");

    public Task UntilUnsettled(string inbox, int count) =>
        UntilAsync(
            inbox,
            numbers => numbers is not null && numbers.Ready + numbers.InFlight + numbers.Scheduled == count,
            $"inbox {inbox} had {count} messages");

    public Task UntilAcked(string inbox, int count) =>
        UntilAsync(inbox, numbers => numbers?.Acked == count, $"{count} messages of inbox {inbox} were acknowledged");

    public async Task UntilAsync(string inbox, Func<QueueStatistics?, bool> condition, string awaited)
    {
        QueueStatistics? last = null;
        for (var looks = 0; looks < 5_000; looks++)
        {
            last = await IO.Store!.Inbox(inbox).GetStatisticsAsync();
            if (condition(last)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }

        throw new TimeoutException($"Waited until {awaited}; it has {last}.");
    }

    /// <summary>Moves the clock, in steps after each of which the store's own thread looks at it:
    /// one that looks too late takes itself for suspended.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var end = Time!.GetUtcNow() + time; Time.GetUtcNow() < end;)
        {
            Time.Advance(TimeSpan.FromTicks(Math.Min(Step.Ticks, (end - Time.GetUtcNow()).Ticks)));
            await IO.Store!.ListQueuesAsync();
        }

        await IO.Store!.ListQueuesAsync();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>The number of the acknowledgement that a packet asks for, and what follows it.</summary>
    public static (int AckId, string Event) Split(string packet, string nsp = "/")
    {
        var start = nsp == "/" ? 2 : 3 + nsp.Length;
        packet.ShouldStartWith(nsp == "/" ? "42" : $"42{nsp},");
        var array = packet.IndexOf('[', StringComparison.Ordinal);
        array.ShouldBeGreaterThan(start, $"\"{packet}\" asks for an acknowledgement");
        return (int.Parse(packet[start..array], CultureInfo.InvariantCulture), packet[array..]);
    }
}
