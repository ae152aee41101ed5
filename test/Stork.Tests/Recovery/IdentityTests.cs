using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;

namespace Stork.Tests.Recovery;

/// <summary>Whose a session is, is what the application says of whose an inbox is; a pid alone is no proof
/// where there is a better one.</summary>
public sealed class IdentityTests
{
    private readonly Registrar _registrar = new();

    [Fact]
    public async Task A_stolen_pid_is_of_no_use_to_somebody_else()
    {
        await using var app = await StartAsync();
        await using var ada = await ConnectAsync(app, """{"token":"ada"}""");
        await app.IO.EmitAsync("seen");
        await ada.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(app, ada);
        await app.IO.EmitAsync("secret");

        foreach (var token in new[] { "eve", "" })
        {
            await using var thief = await ada.ReturnAsync(app, WithToken(ada, token));
            thief.Pid.ShouldNotBe(ada.Pid);
            thief.Sid.ShouldNotBe(ada.Sid);
            thief.Missed.ShouldBeEmpty();
        }

        await using var back = await ada.ReturnAsync(app, WithToken(ada, "ada"));
        (back.Pid, back.Sid).ShouldBe((ada.Pid, ada.Sid));
        back.Missed.ShouldBe(["""["secret"]"""]);
    }

    [Fact]
    public async Task A_pid_cannot_be_used_while_its_owner_is_there()
    {
        await using var app = await StartAsync();
        await using var ada = await ConnectAsync(app, """{"token":"ada"}""");
        await using var thief = await ada.ReturnAsync(app, WithToken(ada, "eve"));
        thief.Pid.ShouldNotBe(ada.Pid);
        await app.IO.EmitAsync("news");
        await ada.ShouldReceive("""["news"]""");
    }

    [Fact]
    public async Task Who_cannot_be_told_gets_no_session_back()
    {
        await using var app = await StartAsync();
        await using var ada = await ConnectAsync(app, """{"token":"fail"}""");
        await RecoveryTests.LoseAsync(app, ada);
        await using var again = await ada.ReturnAsync(app, WithToken(ada, "fail"));
        again.Pid.ShouldNotBe(ada.Pid);
        app.Log.Of(40).ShouldNotBeEmpty();
        app.IO.Sockets.ShouldHaveSingleItem().Connected.ShouldBeTrue();
    }

    [Fact]
    public async Task Nobody_in_particular_needs_the_pid_alone()
    {
        await using var app = await StartAsync();
        await using var stranger = await ConnectAsync(app, """{"token":""}""");
        await RecoveryTests.LoseAsync(app, stranger);
        await using var back = await stranger.ReturnAsync(app, WithToken(stranger, ""));
        back.Pid.ShouldBe(stranger.Pid);
    }

    [Fact]
    public async Task The_option_goes_before_what_is_registered()
    {
        await using var app = await StartAsync(
            recovery => recovery.Identity = socket => socket.Handshake.Auth.GetProperty("token").GetString()![..1]);
        await using var ada = await ConnectAsync(app, """{"token":"ada"}""");
        await RecoveryTests.LoseAsync(app, ada);
        await using var alan = await ada.ReturnAsync(app, WithToken(ada, "alan"));
        alan.Pid.ShouldBe(ada.Pid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recovery_and_inbox_go_by_the_same_answer(bool isRecovered)
    {
        await using var app = await StartAsync(hasStore: true);
        await using var ada = await ConnectAsync(app, """{"token":"ada"}""");
        if (isRecovered)
        {
            await RecoveryTests.LoseAsync(app, ada);
            _registrar.Asked.Clear();
        }

        await using var back = isRecovered ? await ada.ReturnAsync(app, WithToken(ada, "ada")) : null;
        await app.IO.Inbox("ada").EmitAsync("letter");
        (await (back ?? ada).Wire.ReceiveAsync()).ShouldEndWith("""["letter"]""");
        _registrar.Asked.ShouldBe(["ada"]);
    }

    /// <summary>What only a connection handler makes known is not asked for in vain: the inbox gets a second answer.</summary>
    [Fact]
    public async Task An_inbox_may_be_known_later_than_the_session()
    {
        await using var app = await StartAsync(hasStore: true);
        app.IO.OnConnection(socket => { socket.Data["name"] = "late"; });
        await using var client = await ConnectAsync(app, """{"token":""}""");
        await app.IO.Inbox("late").EmitAsync("letter");
        (await client.Wire.ReceiveAsync()).ShouldEndWith("""["letter"]""");
    }

    /// <summary>They are passed by for the sake of a session, so they have their say when there is none in the end.</summary>
    [Fact]
    public async Task Middlewares_that_were_passed_by_run_for_who_does_not_get_the_session()
    {
        await using var app = await StartAsync(recovery => recovery.SkipMiddlewares = true);
        var isClosed = false;
        app.IO.Use(_ => isClosed ? throw new ConnectErrorException("closed") : ValueTask.CompletedTask);
        await using var ada = await ConnectAsync(app, """{"token":"ada"}""");
        isClosed = true;
        await using var eve = await RecoveringClient.OpenAsync(app);
        await eve.Wire.SendAsync("40" + WithToken(ada, "eve"));
        (await eve.Wire.ReceiveAsync()).ShouldBe("""44{"message":"closed"}""");
        app.IO.Sockets.Count.ShouldBe(1);
        await using var back = await ada.ReturnAsync(app, WithToken(ada, "ada"));
        back.Pid.ShouldBe(ada.Pid);
    }

    private static async Task<RecoveringClient> ConnectAsync(StorkApp app, string auth)
    {
        var client = await RecoveringClient.OpenAsync(app);
        await client.ConnectAsync(auth);
        return client;
    }

    private static string WithToken(RecoveringClient client, string token) =>
        client.Auth.Replace("{", $$"""{"token":"{{token}}",""", StringComparison.Ordinal);

    private Task<StorkApp> StartAsync(Action<ConnectionStateRecoveryOptions>? configure = null, bool hasStore = false) =>
        StorkApp.StartAsync(
            options =>
            {
                options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
                configure?.Invoke(options.ConnectionStateRecovery);
                if (!hasStore) return;
                options.DataDirectory = "memory";
                options.Store = new QueueStoreOptions { Durability = Durability.Memory, SegmentSize = 4 << 20 };
            },
            services: services => services.AddSingleton<IInboxIdentityResolver>(_registrar));

    private sealed class Registrar : IInboxIdentityResolver
    {
        public ConcurrentQueue<string> Asked { get; } = new();

        public async ValueTask<InboxIdentity?> ResolveAsync(Socket socket)
        {
            // A look into a database.
            await Task.Yield();
            if (socket.Data.TryGetValue("name", out var name)) return new InboxIdentity((string)name!);
            var auth = socket.Handshake.Auth;
            var token = auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty("token", out var given) ? given.GetString()! : "";
            Asked.Enqueue(token);
            if (token == "fail") throw new InvalidOperationException("The database is away.");
            return token.Length == 0 ? null : new InboxIdentity(token);
        }
    }
}
