using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

/// <summary>Clients of others and the server compress their WebSocket messages.</summary>
public sealed class DeflateTests
{
    // Everything, however short, so that as much as possible is compressed.
    private static readonly object Client = new { Client = new { PerMessageDeflate = new { Threshold = 0 } } };

    [Theory]
    [InlineData(ClientVersion.V4_0, ClientTransport.WebSocket, false)]
    [InlineData(ClientVersion.V4_8, ClientTransport.WebSocket, false)]
    [InlineData(ClientVersion.V4_8, ClientTransport.WebSocket, true)]
    [InlineData(ClientVersion.V4_8, ClientTransport.Upgrade, true)]
    public async Task Official_clients_and_the_server_compress_for_each_other(
        ClientVersion version, ClientTransport transport, bool takesOver)
    {
        await using var server = await TestServer.StartAsync(Answer, options => Compress(options, takesOver));
        await Scenario.RunAsync("deflated", server.Url, version, transport, Client);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("echo", false)]
    [InlineData("echo", true)]
    [InlineData("binary", false)]
    [InlineData("binary", true)]
    public async Task Everything_that_goes_uncompressed_goes_compressed(string scenario, bool takesOver)
    {
        await using var server = await TestServer.StartAsync(Answer, options => Compress(options, takesOver));
        await Scenario.RunAsync(scenario, server.Url, ClientVersion.V4_8, ClientTransport.WebSocket, Client);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, 15, 15)]
    [InlineData(true, 15, 15)]
    [InlineData(true, 10, 15)]
    [InlineData(true, 15, 11)]
    [InlineData(false, 9, 9)]
    public async Task Whatever_is_offered_both_understand_each_other(bool takesOver, int serverBits, int clientBits)
    {
        await using var server = await TestServer.StartAsync(
            Answer,
            options =>
            {
                Compress(options, takesOver);
                options.PerMessageDeflate!.ServerMaxWindowBits = serverBits;
                options.PerMessageDeflate.ClientMaxWindowBits = clientBits;
            });
        var given = new { clientMaxWindowBits = clientBits };
        await Scenario.RunAsync("deflate-offers", server.Url, ClientVersion.V4_8, ClientTransport.WebSocket, given);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_client_missed_comes_compressed_too(bool takesOver)
    {
        var text = string.Concat(Enumerable.Repeat("missed ", 1_000));
        await using var server = await TestServer.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.On("join", (string room) => socket.JoinAsync(room));
                socket.On("remember", (string name, string value) => { socket.Data[name] = value; });
                socket.On("who", () => new { socket.Recovered });
            }),
            options =>
            {
                Compress(options, takesOver);
                options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
            });
        var given = new { rounds = 1, missed = 3, client = new { perMessageDeflate = new { threshold = 0 } } };
        await using var script = await Scenario.StartAsync(
            "recovery", server.Url, ClientVersion.V4_8, ClientTransport.WebSocket, given);
        await script.NextAsync("connected");
        await server.IO.EmitAsync("news", text + 0);
        await script.NextAsync("received");
        await script.TellAsync("go");
        await script.NextAsync("away");
        for (var i = 1; i <= 3; i++) await server.IO.To("room").EmitAsync("news", text + i);
        await script.TellAsync("go");
        var back = await script.NextAsync("back");
        back.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        back.GetProperty("news").EnumerateArray().Select(news => news.GetString()).ShouldBe([text + 0, text + 1, text + 2, text + 3]);
        await script.CompleteAsync();
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pythons_aiohttp_and_the_server_compress_for_each_other(bool takesOver)
    {
        await PythonClientTests.RequireAsync();
        await using var server = await TestServer.StartAsync(Answer, options => Compress(options, takesOver));
        await using var script = ChildProcess.Start(
            "aiohttp", PythonClientTests.Python, ["python/deflate.py", server.Url.ToString()], NodePackages.Directory);
        (await script.NextAsync("compressed")).GetProperty("window").GetInt32().ShouldBe(15);
        await script.CompleteAsync();
        server.Log.Errors.ShouldBeEmpty();
    }

    private static void Compress(SocketIOOptions options, bool takesOver) => options.PerMessageDeflate = new PerMessageDeflateOptions
    {
        Threshold = 0,
        ServerContextTakeover = takesOver,
        ClientContextTakeover = takesOver,
    };

    private static void Answer(SocketIOServer io) => io.OnConnection(socket =>
    {
        socket.On("echo", (EventArguments arguments) => socket.EmitAsync("echo", arguments));
        socket.On("ask", (EventArguments arguments, Acknowledgement answer) => answer.SendAsync(arguments));
        socket.On("broadcast", (EventArguments arguments) => io.EmitAsync("everybody", arguments));
        socket.On("broadcast plain", (int length) => io.Compress(false).EmitAsync("everybody", new string('x', length)));
        socket.On("reverse", (Picture picture) => picture with { Data = [.. picture.Data.Reverse()] });
    });

    private sealed record Picture(string Name, byte[] Data);
}
