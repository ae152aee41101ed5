using System.Net.Http.Json;
using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Conformance;

public sealed class EngineRoleTests
{
    [Theory]
    [CombinatorialOfClients]
    public async Task The_engine_client_gets_everything_back_in_order(string version, string transports)
    {
        await NodePackages.RequireAsync();
        await using var host = await ConformanceHost.StartAsync("eio");
        await using var client = ChildProcess.Start(
            $"engine.io-client ({version}, {transports})", "node", ["engine/echo.mjs", host.Url.ToString(), version, transports], NodePackages.Directory);

        (await client.NextAsync("open")).GetProperty("id").GetString()!.Length.ShouldBe(20);
        var echoed = await client.NextAsync("echoed");
        var received = echoed.GetProperty("received").EnumerateArray().Select(message => message.ToString()).ToArray();
        received.ShouldBe(["héllo €", "[0,1,127,128,255]", .. Enumerable.Range(0, 200).Select(number => $"{number}")]);
        echoed.GetProperty("transport").GetString().ShouldBe(transports.Split(',')[^1]);
        (await client.NextAsync("closed")).GetProperty("reason").GetString().ShouldBe("forced close");
        await client.CompleteAsync();
    }

    [Fact]
    public async Task The_handshake_is_what_the_suite_expects()
    {
        await using var host = await ConformanceHost.StartAsync("eio");
        using var http = new HttpClient { BaseAddress = host.Url };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/engine.io/?EIO=4&transport=polling") { Headers = { { "Origin", "http://elsewhere.example" } } };

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        response.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=UTF-8");
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        body[0].ShouldBe('0');
        var handshake = JsonElement.Parse(body[1..]);
        handshake.EnumerateObject().Select(property => property.Name).ShouldBe(["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]);
        handshake.GetProperty("upgrades").ToString().ShouldBe("""["websocket"]""");
        handshake.GetProperty("pingInterval").GetInt32().ShouldBe(300);
        handshake.GetProperty("pingTimeout").GetInt32().ShouldBe(200);
        handshake.GetProperty("maxPayload").GetInt32().ShouldBe(1_000_000);
    }

    [Fact]
    public async Task Refusals_carry_the_codes_of_the_original()
    {
        await using var host = await ConformanceHost.StartAsync("eio");
        using var http = new HttpClient { BaseAddress = host.Url };
        (string Method, string Query, int Code, string Message)[] table =
        [
            ("GET", "EIO=4", 0, "Transport unknown"),
            ("GET", "EIO=4&transport=abc", 0, "Transport unknown"),
            ("GET", "EIO=4&transport=__proto__", 0, "Transport unknown"),
            ("GET", "EIO=4&transport=webtransport", 0, "Transport unknown"),
            ("GET", "EIO=4&transport=polling&sid=abc", 1, "Session ID unknown"),
            ("GET", "EIO=4&transport=polling&sid=__proto__", 1, "Session ID unknown"),
            ("POST", "EIO=4&transport=polling", 2, "Bad handshake method"),
            ("PUT", "EIO=4&transport=polling", 2, "Bad handshake method"),
            ("GET", "EIO=4&transport=websocket", 3, "Bad request"),
            ("GET", "EIO=3&transport=polling", 5, "Unsupported protocol version"),
            ("GET", "transport=polling", 5, "Unsupported protocol version"),
        ];
        foreach (var (method, query, code, message) in table)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/engine.io/?{query}");
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            ((int)response.StatusCode).ShouldBe(400, query);
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
            var body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            (body.GetProperty("code").GetInt32(), body.GetProperty("message").GetString()).ShouldBe((code, message), $"{method} {query}");
        }
    }

    [Fact]
    public async Task An_unknown_role_is_refused_with_a_word_about_the_known_ones()
    {
        await using var process = ConformanceHost.Run("nonsense", "1");
        var failure = await Should.ThrowAsync<InvalidOperationException>(process.CompleteAsync());
        failure.Message.ShouldContain("exit code 2");
        failure.Message.ShouldContain("there are: eio, sio");
    }
}
