using System.Text.RegularExpressions;
using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Namespaces;

public sealed class NamespaceTests
{
    [Fact]
    public async Task Clients_join_what_there_is_and_are_told_apart_by_it()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.OnConnection(socket => socket.On("where", () => socket.Namespace.Name));
        app.IO.Of("/chat").OnConnection(socket => socket.On("where", () => socket.Namespace.Name));
        app.IO.Of("chat").ShouldBeSameAs(app.IO.Of("/chat"));
        app.IO.Of("/").ShouldBeSameAs(app.IO.MainNamespace);

        await using var client = await WebSocketClient.OpenAsync(app);
        var main = await client.JoinAsync();
        var chat = await client.JoinAsync("/chat");
        main.ShouldNotBe(chat);
        await client.SendAsync("421[\"where\"]", "42/chat,1[\"where\"]");
        await client.ShouldReceive("431[\"/\"]", "43/chat,1[\"/chat\"]");
        await app.IO.Of("/chat").EmitAsync("x");
        await client.ShouldReceive("42/chat,[\"x\"]");
        await client.SendAsync("41/chat,");
        await Waiting.Until(() => app.IO.Of("/chat").Sockets.Count == 0, "it had left the chat");
        app.IO.Sockets.Count.ShouldBe(1);
        await client.SendAsync("421[\"where\"]");
        await client.ShouldReceive("431[\"/\"]");
        (await client.JoinAsync("/chat")).ShouldNotBe(chat);
    }

    [Theory]
    [InlineData("40/nowhere,", "44/nowhere,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/nowhere", "44/nowhere,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/chatt,", "44/chatt,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/CHAT,{\"token\":1}", "44/CHAT,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/__proto__,", "44/__proto__,{\"message\":\"Invalid namespace\"}")]
    public async Task Others_are_refused_and_the_connection_stays(string connect, string answer)
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Of("/chat");
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync(connect);
        await client.ShouldReceive(answer);
        await client.JoinAsync("/chat");
    }

    [Fact]
    public async Task A_middleware_refuses_with_message_and_data()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(_ => throw new ConnectErrorException("not authorized", new { Content = "Please retry later", Code = 5 }));
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await client.ShouldReceive("44{\"message\":\"not authorized\",\"data\":{\"content\":\"Please retry later\",\"code\":5}}");
        app.IO.Sockets.ShouldBeEmpty();
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_middleware_that_fails_refuses_and_tells_nothing()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("the password is secret");
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await client.ShouldReceive("44{\"message\":\"Internal server error\"}");
        app.Log.Of(13).ShouldHaveSingleItem().Exception!.Message.ShouldBe("the password is secret");
    }

    [Fact]
    public async Task A_refusal_whose_data_cannot_be_written_is_one_all_the_same()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(_ => throw new ConnectErrorException("no", new Events.FailedHandlerTests.Unwritable()));
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await client.ShouldReceive("44{\"message\":\"Internal server error\"}");
        app.Log.Of(13).Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_leaves_while_a_middleware_waits_is_not_connected()
    {
        await using var app = await StorkApp.StartAsync();
        var waiting = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var connected = 0;
        app.IO.Use(async socket =>
        {
            socket.Disconnected.Register(cancelled.SetResult);
            await socket.JoinAsync("lobby");
            waiting.SetResult();
            await release.Task;
        });
        app.IO.OnConnection(_ => connected++);
        var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await waiting.Task.Within("the middleware");
        await client.DisposeAsync();
        await app.UntilConnections(0);
        release.SetResult();
        await cancelled.Task.Within("the socket's end");
        connected.ShouldBe(0);
        app.IO.Sockets.ShouldBeEmpty();
        app.IO.MainNamespace.Adapter.GetRooms().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pattern_makes_namespaces_when_clients_ask()
    {
        await using var app = await StorkApp.StartAsync();
        var created = new List<string>();
        app.IO.NamespaceCreated += nsp => created.Add(nsp.Name);
        var parent = app.IO.Of(new Regex("^/dynamic-\\d+$"));
        parent.OnConnection(socket => socket.EmitAsync("hello", socket.Namespace.Name).AsTask());
        var refused = 0;
        parent.Use(_ =>
        {
            Interlocked.Increment(ref refused);
            return ValueTask.CompletedTask;
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync("/dynamic-101");
        await client.ShouldReceive("42/dynamic-101,[\"hello\",\"/dynamic-101\"]");
        await client.JoinAsync("/dynamic-2");
        await client.ShouldReceive("42/dynamic-2,[\"hello\",\"/dynamic-2\"]");
        await client.SendAsync("40/dynamic-x,");
        await client.ShouldReceive("44/dynamic-x,{\"message\":\"Invalid namespace\"}");
        created.ShouldBe(["/dynamic-101", "/dynamic-2"]);
        parent.Children.Select(child => child.Name).ShouldBe(["/dynamic-101", "/dynamic-2"], ignoreOrder: true);
        refused.ShouldBe(2);

        await parent.EmitAsync("all", 1);
        await client.ShouldReceive("42/dynamic-101,[\"all\",1]", "42/dynamic-2,[\"all\",1]");
        app.IO.Of("/dynamic-2").ShouldBeSameAs(parent.Children.Single(child => child.Name == "/dynamic-2"));
        app.IO.Of("/dynamic-3");
        parent.Children.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_function_decides_by_name_and_handshake()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Of(async (name, handshake) =>
        {
            await Task.Yield();
            return name.StartsWith("/user-", StringComparison.Ordinal)
                && handshake.GetAuth<Dictionary<string, string>>()!.ContainsKey("token");
        });
        app.IO.Of((name, _) => name == "/broken" ? throw new InvalidOperationException("mine") : ValueTask.FromResult(false));
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40/user-1,{}");
        await client.ShouldReceive("44/user-1,{\"message\":\"Invalid namespace\"}");
        await client.JoinAsync("/user-1", "{\"token\":\"t\"}");
        await client.SendAsync("40/broken,");
        await client.ShouldReceive("44/broken,{\"message\":\"Internal server error\"}");
        app.Log.Of(13).Count().ShouldBe(1);
    }

    [Fact]
    public async Task Sockets_cannot_be_asked_of_a_parent()
    {
        await using var app = await StorkApp.StartAsync();
        var parent = app.IO.Of(new Regex("^/d$"));
        await Should.ThrowAsync<NotSupportedException>(async () => await parent.FetchSocketsAsync());
        await Should.ThrowAsync<NotSupportedException>(
            async () => await parent.Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<int>("x"));
    }

    [Fact]
    public async Task An_empty_child_is_dropped_if_the_options_say_so()
    {
        await using var app = await StorkApp.StartAsync(options => options.CleanupEmptyChildNamespaces = true);
        var parent = app.IO.Of(new Regex("^/dynamic-\\d+$"));
        var refuse = false;
        parent.Use(_ => refuse ? throw new ConnectErrorException("no") : ValueTask.CompletedTask);
        await using var client = await WebSocketClient.OpenAsync(app);
        await using var second = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync("/dynamic-1");
        await second.JoinAsync("/dynamic-1");
        await client.SendAsync("41/dynamic-1,");
        await app.Log.WaitForAsync(11);
        parent.Children.Count.ShouldBe(1);
        await second.DisposeAsync();
        await Waiting.Until(() => parent.Children.Count == 0, "the child was dropped");

        refuse = true;
        await client.SendAsync("40/dynamic-2,");
        await client.ShouldReceive("44/dynamic-2,{\"message\":\"no\"}");
        await Waiting.Until(() => parent.Children.Count == 0, "the refused client's namespace was dropped");
        refuse = false;
        await client.JoinAsync("/dynamic-1");
    }

    [Fact]
    public async Task Namespaces_that_come_and_go_never_lose_a_socket()
    {
        await using var app = await StorkApp.StartAsync(options => options.CleanupEmptyChildNamespaces = true);
        var parent = app.IO.Of(new Regex("^/d$"));
        parent.Use(async _ => await Task.Yield());
        parent.OnConnection(socket => socket.On("found", () => app.IO.Of("/d").TryGetSocket(socket.Id, out var found) && found == socket));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            await using var client = await WebSocketClient.OpenAsync(app);
            for (var i = 0; i < 100; i++)
            {
                await client.JoinAsync("/d");
                await client.SendAsync("42/d,1[\"found\"]");
                await client.ShouldReceive("43/d,1[true]");
                await client.SendAsync("41/d,");
            }
        }));
        await Waiting.Until(() => parent.Children.Count == 0, "the child was dropped");
    }

    [Fact]
    public async Task A_listener_that_throws_keeps_a_namespace_from_nothing_but_its_first_client()
    {
        await using var app = await StorkApp.StartAsync(options => options.CleanupEmptyChildNamespaces = true);
        var parent = app.IO.Of(new Regex("^/d$"));
        var throws = true;
        app.IO.NamespaceCreated += _ =>
        {
            if (throws) throw new InvalidOperationException("mine");
        };
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40/d,");
        await client.ShouldReceive("44/d,{\"message\":\"Internal server error\"}");
        await Waiting.Until(() => parent.Children.Count == 0, "the child was dropped");
        throws = false;
        await client.JoinAsync("/d");
    }

    [Fact]
    public async Task No_more_are_made_than_allowed()
    {
        await using var app = await StorkApp.StartAsync(options => options.MaxDynamicNamespaces = 3);
        app.IO.Of(new Regex("^/d\\d+$"));
        await using var client = await WebSocketClient.OpenAsync(app);
        for (var i = 0; i < 3; i++) await client.JoinAsync($"/d{i}");
        await client.SendAsync("40/d3,");
        await client.ShouldReceive("44/d3,{\"message\":\"Invalid namespace\"}");
        await using var other = await WebSocketClient.OpenAsync(app);
        await other.JoinAsync("/d1");
    }

    [Fact]
    public async Task A_flood_of_wishes_ends_at_the_limit_of_the_connection()
    {
        await using var app = await StorkApp.StartAsync(options => options.MaxNamespacesPerConnection = 5);
        app.IO.Of(new Regex("^/d"));
        await using var client = await StalledClient.OpenAsync(app);
        await client.SendAsync([.. Enumerable.Range(0, 2_000).Select(i => $"40/d{i},")]);
        for (var i = 0; i < 2_000; i++)
        {
            var answer = await client.ReceiveAsync();
            if (i < 5) answer.ShouldStartWith($"40/d{i},{{\"sid\"");
            else answer.ShouldBe($"44/d{i},{{\"message\":\"Too many namespaces\"}}");
        }

        await client.SendAsync("41/d0,");
        await client.JoinAsync("/d2000");
    }

    [Fact]
    public async Task Names_no_client_could_ask_for_are_refused()
    {
        await using var app = await StorkApp.StartAsync();
        Should.Throw<ArgumentException>(() => app.IO.Of("/a,b"));
        Should.Throw<ArgumentException>(() => app.IO.Of("/" + new string('x', 512)));
        Should.Throw<ArgumentException>(() => app.IO.Of(""));
        app.IO.Of("/" + new string('x', 511));
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync("/" + new string('x', 511));
        await app.IO.Of("/" + new string('x', 511)).EmitAsync("hello");
        (await client.ReceiveAsync()).ShouldEndWith("x,[\"hello\"]");
    }
}
