using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>Sockets that get no inbox, and what is said of it.</summary>
public sealed class LeftOutTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_socket_without_identity_is_told_of_once_where_inboxes_are_in_use(bool connectsFirst)
    {
        await using var app = await InboxApp.StartAsync();
        if (!connectsFirst) await app.IO.Inbox("42").EmitAsync("news");
        await using var known = await app.ConnectAsync();
        await using var stranger = await app.ConnectAsync(user: null);
        await stranger.ShouldBeQuiet();
        if (connectsFirst)
        {
            app.App.Log.Of(90).ShouldBeEmpty();
            await app.IO.Inbox("42").EmitAsync("news");
        }

        var told = await app.App.Log.WaitForAsync(90);
        told.Message.ShouldContain("IInboxIdentityResolver");
        await using var another = await app.ConnectAsync(user: null);
        await another.ShouldBeQuiet();
        await app.IO.Inbox("43").EmitAsync("news");
        app.App.Log.Of(90).Count().ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_is_said_of_sockets_that_were_given_an_inbox_or_of_namespaces_without()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket => socket.SubscribeInboxAsync("everybody"));
        app.IO.Of("/chat").OnConnection(socket => socket.On("quiet?", () => { }));
        await using var client = await app.ConnectAsync(user: null);
        await client.ShouldBeQuiet();
        await using var other = await app.ConnectAsync(user: null, nsp: "/chat");
        await app.IO.Inbox("everybody").EmitAsync("news");
        await client.ShouldBeAsked("[\"news\"]");
        app.App.Log.Of(90).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_65th_connection_of_an_identity_is_told_of_with_the_limit()
    {
        await using var app = await InboxApp.StartAsync();
        var clients = new List<Clients.TestClient>();
        for (var i = 0; i < 64; i++) clients.Add(await app.ConnectAsync());
        await app.UntilConsumers("42", 64);
        app.App.Log.Of(41).ShouldBeEmpty();
        clients.Add(await app.ConnectAsync());
        (await app.App.Log.WaitForAsync(41)).Message.ShouldContain("64 consumers, the limit");
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task A_device_is_known_though_its_connection_is_lost_while_the_connection_handlers_run()
    {
        var (entered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = await InboxApp.StartAsync(
            options: options => options.InboxQueue = QueueOptions.Inbox with { Fanout = Fanout.PerDevice },
            services: services => services.AddSingleton<IInboxIdentityResolver, DeviceResolver>());
        app.IO.OnConnection(async socket =>
        {
            if (socket.Handshake.User.FindFirst(System.Security.Claims.ClaimTypes.NameIdentifier)!.Value != "42,phone") return;
            entered.TrySetResult();
            await go.Task;
        });
        await using var laptop = await app.ConnectAsync("42,laptop");
        await app.UntilConsumers("42", 1);
        var phone = await app.ConnectAsync("42,phone");
        await entered.Task.Within("the phone's connection handler");
        await phone.DisposeAsync();
        await app.App.UntilConnections(1);
        // What comes of it is handed to the store before this returns.
        go.SetResult();
        await app.IO.Inbox("42").EmitAsync("news");
        await laptop.AckAsync(await laptop.ShouldBeAsked("[\"news\"]"));
        await using var again = await app.ConnectAsync("42,phone");
        await again.AckAsync(await again.ShouldBeAsked("[\"news\"]"));
        await app.UntilAcked("42", 1);
    }

    /// <summary>Users are called "identity,device".</summary>
    private sealed class DeviceResolver : IInboxIdentityResolver
    {
        public ValueTask<InboxIdentity?> ResolveAsync(Socket socket)
        {
            var parts = socket.Handshake.User.FindFirst(System.Security.Claims.ClaimTypes.NameIdentifier)!.Value.Split(',');
            return new(new InboxIdentity(parts[0], parts[1]));
        }
    }
}
