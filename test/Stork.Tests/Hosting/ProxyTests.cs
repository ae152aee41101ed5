using System.Net;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Stork.Tests.Documentation;

namespace Stork.Tests.Hosting;

/// <summary>Browsers behind a real nginx: with cookies, and with the Origin of the page that they show.</summary>
public sealed partial class ProxyTests
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    [Fact]
    public async Task The_documented_configuration_lets_browsers_in_on_both_transports()
    {
        await using var app = await StorkApp.StartAsync();
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs/operations.md"));
        var documented = DocumentedLocation().Match(page).Groups["location"].Value;
        documented.ShouldContain("http://127.0.0.1:5000;");
        await using var nginx = await Nginx.StartAsync(
            documented.Replace("http://127.0.0.1:5000;", $"http://{app.Url.Authority};", StringComparison.Ordinal));
        (await AskAsync(nginx)).ShouldBe(HttpStatusCode.OK);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", nginx.Url.GetLeftPart(UriPartial.Authority));
        socket.Options.SetRequestHeader("Cookie", "session=mine");
        var url = new UriBuilder(nginx.Url) { Scheme = "ws", Path = "/socket.io/", Query = "EIO=4&transport=websocket" }.Uri;
        await socket.ConnectAsync(url, default).Within("the WebSocket");
        app.Log.Of(100).ShouldBeEmpty();
    }

    [Fact]
    public async Task Behind_a_plain_proxy_the_log_says_what_keeps_browsers_out()
    {
        await using var app = await StorkApp.StartAsync();
        await using var nginx = await Nginx.StartAsync($"location / {{ proxy_pass http://{app.Url.Authority}; }}");
        (await AskAsync(nginx)).ShouldBe(HttpStatusCode.Forbidden);
        (await AskAsync(nginx)).ShouldBe(HttpStatusCode.Forbidden);
        var told = app.Log.Of(100).ShouldHaveSingleItem().Message;
        told.ShouldContain($"\"http://{nginx.Url.Authority}\"");
        told.ShouldContain($"\"{app.Url.Authority}\"");
    }

    [Fact]
    public async Task A_forwarded_host_is_as_good()
    {
        await using var app = await StorkApp.StartAsync(pipeline: app =>
        {
            app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedHost });
            return app.MapSocketIO();
        });
        await using var nginx = await Nginx.StartAsync(
            $"location / {{ proxy_pass http://{app.Url.Authority}; proxy_set_header X-Forwarded-Host $http_host; }}");
        (await AskAsync(nginx)).ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<HttpStatusCode> AskAsync(Nginx nginx)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = nginx.Url };
        using var request = new HttpRequestMessage(HttpMethod.Get, Handshake);
        request.Headers.Add("Origin", nginx.Url.GetLeftPart(UriPartial.Authority));
        request.Headers.Add("Cookie", "session=mine");
        using var answer = await http.SendAsync(request).Within("the answer");
        return answer.StatusCode;
    }

    [GeneratedRegex("```nginx\n(?<location>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DocumentedLocation();
}
