using System.Net;
using Microsoft.AspNetCore.Http;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed class OptionTests
{
    [Theory, EveryClient]
    public async Task Clients_connect_with_whatever_options(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(Answer);
        await Scenario.RunAsync("options", server.Url, version, transport);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/some/where", true, ClientTransport.Upgrade)]
    [InlineData("/some/where", false, ClientTransport.Upgrade)]
    [InlineData("/socket.io", false, ClientTransport.WebSocket)]
    public async Task The_path_is_the_applications(string path, bool addTrailingSlash, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(
            Answer, options => (options.Path, options.AddTrailingSlash) = (path, addTrailingSlash));
        await Scenario.RunAsync("elsewhere", server.Url, ClientVersion.V4_8, transport, new { path, addTrailingSlash });
        server.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_without_upgrades_keeps_its_clients_polling()
    {
        await using var server = await TestServer.StartAsync(Answer, options => options.AllowUpgrades = false);
        var given = new { Options = new { }, Expected = "polling" };
        await Scenario.RunAsync("transports", server.Url, ClientVersion.V4_8, ClientTransport.Upgrade, given);
    }

    [Fact]
    public async Task A_server_for_polling_alone_keeps_its_clients_polling()
    {
        await using var server = await TestServer.StartAsync(Answer, options => options.Transports = SocketIOTransports.Polling);
        var given = new { Options = new { }, Expected = "polling" };
        await Scenario.RunAsync("transports", server.Url, ClientVersion.V4_8, ClientTransport.Upgrade, given);
    }

    [Fact]
    public async Task A_client_that_tries_all_transports_finds_the_one_there_is()
    {
        await using var server = await TestServer.StartAsync(Answer, options => options.Transports = SocketIOTransports.WebSocket);
        var given = new { Options = new { TryAllTransports = true }, Expected = "websocket" };
        await Scenario.RunAsync("transports", server.Url, ClientVersion.V4_8, ClientTransport.Upgrade, given);
    }

    [Fact]
    public async Task A_client_without_a_common_transport_learns_why()
    {
        await using var server = await TestServer.StartAsync(Answer, options => options.Transports = SocketIOTransports.WebSocket);
        var given = new { Options = new { }, Expected = (string?)null };
        var reports = await Scenario.RunAsync("transports", server.Url, ClientVersion.V4_8, ClientTransport.Polling, given);
        var report = reports.ShouldHaveSingleItem();
        report.GetProperty("message").GetString().ShouldBe("xhr poll error");
        report.GetProperty("status").GetInt32().ShouldBe(400);
    }

    [Theory]
    [InlineData(ClientTransport.Polling)]
    [InlineData(ClientTransport.WebSocket)]
    public async Task A_refused_handshake_is_an_error_of_the_connection(ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(Answer, options => options.AllowRequest = async context =>
        {
            await Task.Yield();
            return context.Request.Query["token"] == "right" ? HandshakeVerdict.Allow : HandshakeVerdict.Refuse("wrong token");
        });
        var wrong = new { Options = new { Query = new { Token = "wrong" } }, Expected = (string?)null };
        var reports = await Scenario.RunAsync("transports", server.Url, ClientVersion.V4_8, transport, wrong);
        var report = reports.ShouldHaveSingleItem();
        if (transport == ClientTransport.Polling)
        {
            report.GetProperty("message").GetString().ShouldBe("xhr poll error");
            report.GetProperty("status").GetInt32().ShouldBe(403);
        }
        else
        {
            report.GetProperty("message").GetString().ShouldBe("websocket error");
        }

        var expected = transport == ClientTransport.Polling ? "polling" : "websocket";
        var right = new { Options = new { Query = new { Token = "right" } }, expected };
        await Scenario.RunAsync("transports", server.Url, ClientVersion.V4_8, transport, right);
        server.IO.ConnectionCount.ShouldBe(0);
    }

    [Theory]
    [InlineData(ClientTransport.Polling)]
    [InlineData(ClientTransport.Upgrade)]
    public async Task The_cookie_of_the_handshake_comes_back(ClientTransport transport)
    {
        var cookies = new System.Collections.Concurrent.ConcurrentBag<string>();
        await using var server = await TestServer.StartAsync(
            Answer,
            options => options.Cookie = new CookieBuilder { Name = "io", Path = "/", HttpOnly = true, SameSite = SameSiteMode.Lax },
            before: context =>
            {
                if (context.Request.Query.ContainsKey("sid")) cookies.Add(context.Request.Headers.Cookie.ToString());
            });
        var report = (await Scenario.RunAsync("cookies", server.Url, ClientVersion.V4_8, transport)).ShouldHaveSingleItem();

        cookies.ShouldNotBeEmpty();
        cookies.ShouldAllBe(cookie => cookie == $"io={report.GetProperty("id").GetString()}");
        server.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Polling_answers_are_compressed_for_clients_that_ask()
    {
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("send", (int length) => new string('x', length));
            socket.On("send plain", (int length) => socket.Compress(false).EmitAsync("plain", new string('x', length)));
        }));
        await Scenario.RunAsync("compressed", server.Url, ClientVersion.V4_8, ClientTransport.Polling);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("socket.io.js", ClientVersion.V4_8, ClientTransport.Upgrade)]
    [InlineData("socket.io.min.js", ClientVersion.V4_8, ClientTransport.Polling)]
    [InlineData("socket.io.msgpack.min.js", ClientVersion.V4_8_MessagePack, ClientTransport.Upgrade)]
    [InlineData("socket.io.msgpack.min.js", ClientVersion.V4_8_MessagePack, ClientTransport.Polling)]
    public async Task The_client_it_serves_connects(string file, ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(Answer);
        using var http = new HttpClient { BaseAddress = server.Url };
        using var response = await http.GetAsync($"/socket.io/{file}");
        Assert.SkipWhen(
            response.StatusCode == HttpStatusCode.NotFound,
            "Stork was built without the client files; build it with npm at hand.");

        await Scenario.RunAsync("bundle", server.Url, version, transport, new { file });
        server.Log.Errors.ShouldBeEmpty();
    }

    private static void Answer(SocketIOServer io) =>
        io.OnConnection(socket => socket.On("ask", (EventArguments arguments, Acknowledgement answer) => answer.SendAsync(arguments)));
}
