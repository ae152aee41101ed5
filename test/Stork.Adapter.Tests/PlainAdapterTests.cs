using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Stork.Adapter.Tests;

/// <summary>What is made of data from outside without <see cref="ClusterAdapter"/>, by an adapter that does all by itself.</summary>
public sealed class PlainAdapterTests
{
    [Fact]
    public async Task An_event_is_made_from_what_another_server_sent()
    {
        await using var server = await StartAsync();
        await using var client = await Client.ConnectAsync(server.Url);
        var options = BroadcastOptions.All;
        var payload = Text(" [\"file\" , {\"_placeholder\":true,\"num\":0}] ", [1]);
        var packet = BroadcastPacket.FromWire(server.IO.MainNamespace, payload, options);
        packet.AckId.ShouldBe(-1);
        Read(packet.Text).ShouldBe("51-[\"file\" , {\"_placeholder\":true,\"num\":0}]");
        Read(packet.Event.Json).ShouldBe("[\"file\" , {\"_placeholder\":true,\"num\":0}]");
        packet.Event.Attachments.Single().ToArray().ShouldBe([1]);
        await server.IO.MainNamespace.Adapter.BroadcastAsync(packet, options);
        await client.ShouldReceiveText("451-[\"file\" , {\"_placeholder\":true,\"num\":0}]");
        (await client.ReceiveAsync()).ShouldBe("bAQ==");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/a[1-2]")]
    public async Task An_event_that_asks_for_acknowledgements_has_an_id_of_this_server(string nsp)
    {
        await using var server = await StartAsync();
        var of = server.IO.Of(nsp);
        var first = BroadcastPacket.FromWire(of, Text("[\"a\",[1]]"), BroadcastOptions.All, withAck: true);
        var binary = Text("[\"a\",{\"_placeholder\":true,\"num\":0}]", [1]);
        var second = BroadcastPacket.FromWire(of, binary, BroadcastOptions.All, withAck: true);
        second.AckId.ShouldBe(first.AckId + 1);
        var prefix = nsp == "/" ? "" : nsp + ",";
        Read(first.Text).ShouldBe($"2{prefix}{first.AckId}[\"a\",[1]]");
        Read(second.Text).ShouldBe($"51-{prefix}{second.AckId}[\"a\",{{\"_placeholder\":true,\"num\":0}}]");
        Read(second.Event.Json).ShouldBe("[\"a\",{\"_placeholder\":true,\"num\":0}]");
    }

    [Fact]
    public async Task An_event_is_made_from_arguments()
    {
        await using var server = await StartAsync();
        var nsp = server.IO.Of("/a[b");
        var packet = BroadcastPacket.Create(nsp, BroadcastOptions.All, "x", 1, "two");
        Read(packet.Text).ShouldBe("2/a[b,[\"x\",1,\"two\"]");
        Read(packet.Event.Json).ShouldBe("[\"x\",1,\"two\"]");
        Should.Throw<ArgumentException>(() => BroadcastPacket.Create(nsp, BroadcastOptions.All, "connect"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[\"disconnect\"]")]
    [InlineData("[\"a\"")]
    public async Task What_clients_could_not_take_is_refused(string json)
    {
        await using var server = await StartAsync();
        Should.Throw<FormatException>(() => BroadcastPacket.FromWire(server.IO.MainNamespace, Text(json), BroadcastOptions.All));
    }

    [Fact]
    public async Task Acknowledgements_are_collected_over_servers()
    {
        await using var server = await StartAsync();
        await using var client = await Client.ConnectAsync(server.Url);
        var adapter = (OwnAdapter)server.IO.MainNamespace.Adapter;
        adapter.Others = acknowledgements =>
        {
            acknowledgements.ExpectServers(2, ["a", "b"]);
            acknowledgements.Expect("a", 1);
            acknowledgements.Expect("b", 0);
            acknowledgements.Add("a", EventArguments.FromWire(server.IO.MainNamespace, Text("[2, \"more\"]")));
        };
        var answers = server.IO.Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        await client.AcknowledgeAsync("[\"ask\"]", "[1]");
        (await answers.Within("the answers")).Order().ShouldBe([1, 2]);
        adapter.Ended!.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Acknowledgements_that_are_missing_name_their_servers()
    {
        await using var server = await StartAsync();
        var adapter = (OwnAdapter)server.IO.MainNamespace.Adapter;
        adapter.Others = static acknowledgements =>
        {
            acknowledgements.ExpectServers(3, ["a", "b", "c"]);
            acknowledgements.Expect("a", 2);
            acknowledgements.Lose("a");
            acknowledgements.Lose("b");
            acknowledgements.Expect("c", 0);
            acknowledgements.Lose("c");
        };
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(
            server.IO.Timeout(TimeSpan.FromDays(1)).EmitWithAckAsync<int>("ask").Within("the end"));
        failure.MissingServers.ShouldBe(["a", "b"], ignoreOrder: true);
        await Waiting.Until(() => adapter.Ended!.IsCompletedSuccessfully, "the end was told");
    }

    [Fact]
    public async Task A_socket_of_another_server_is_made_from_data()
    {
        await using var server = await StartAsync();
        var data = new HandshakeData
        {
            Headers = new Dictionary<string, Microsoft.Extensions.Primitives.StringValues> { ["Origin"] = "https://there.test" },
            Url = "/socket.io/?EIO=4&key=value",
            Secure = true,
            Auth = Encoding.UTF8.GetBytes("{\"token\":1}"),
        };
        var nsp = server.IO.MainNamespace;
        var own = new Dictionary<string, object?> { ["name"] = "Ann" };
        var socket = new RemoteSocket(nsp, "id", new Handshake(nsp, data), ["id", "red"], own);
        socket.Handshake.Query["key"].ToString().ShouldBe("value");
        socket.Handshake.IsCrossDomain.ShouldBeTrue();
        socket.Handshake.Secure.ShouldBeTrue();
        socket.Handshake.GetAuth<Dictionary<string, int>>()!["token"].ShouldBe(1);
        socket.GetData<string>("name").ShouldBe("Ann");
        var again = socket.Handshake.ToData();
        again.Url.ShouldBe(data.Url);
        again.Headers.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_default_adapter_knows_no_other_servers_and_says_so_once()
    {
        var log = new RecordedLog();
        await using var server = await StartAsync(log, options => options.AdapterFactory = null);
        await server.IO.ServerSideEmitAsync("news");
        (await server.IO.ServerSideEmitWithAckAsync<int>("ask")).ShouldBeEmpty();
        log.Of(26).Count().ShouldBe(1);
        var found = await server.IO.FetchSocketsAsync();
        found.IsComplete.ShouldBeTrue();
    }

    private static string Read(ReadOnlyMemory<byte> text) => Encoding.UTF8.GetString(text.Span);

    private static JsonPayload Text(string json, byte[]? attachment = null) =>
        new(Encoding.UTF8.GetBytes(json), attachment is null ? null : [attachment]);

    private static async Task<Running> StartAsync(RecordedLog? log = null, Action<SocketIOOptions>? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log ?? new RecordedLog());
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSocketIO(settings =>
        {
            settings.AdapterFactory = static nsp => new OwnAdapter(nsp);
            options?.Invoke(settings);
        });
        var app = builder.Build();
        var io = app.MapSocketIO();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Running(app, io);
    }

    private sealed record Running(WebApplication App, SocketIOServer IO) : IAsyncDisposable
    {
        public Uri Url => new(App.Urls.Single());

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }

    private sealed class OwnAdapter(Namespace nsp) : InMemoryAdapter(nsp)
    {
        public Action<IBroadcastAcknowledgements>? Others { get; set; }

        public Task? Ended { get; private set; }

        public override ValueTask BroadcastWithAckAsync(
            BroadcastPacket packet, BroadcastOptions options, IBroadcastAcknowledgements acknowledgements)
        {
            Ended = acknowledgements.Ended;
            Others?.Invoke(acknowledgements);
            return base.BroadcastWithAckAsync(packet, options, acknowledgements);
        }
    }
}
