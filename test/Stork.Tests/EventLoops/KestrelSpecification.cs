using Microsoft.AspNetCore.Hosting;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Stork.Tests.EventLoops;

/// <summary>
/// What ordinary HTTP endpoints expect of the connections below them. It holds over event loops as it does over Kestrel's own sockets.
/// </summary>
/// <param name="loops">How many event loops; none for Kestrel's own sockets.</param>
public abstract partial class KestrelSpecification(int loops)
{
    private const int Much = 20_000_000;

    [Fact]
    public async Task Requests_that_are_sent_at_once_are_answered_in_their_order()
    {
        await using var host = await StartAsync(context => context.Response.WriteAsync($"[{context.Request.Path}]"));
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        await client.SendAsync(string.Concat(Enumerable.Range(0, 500).Select(static i => Get($"/{i}"))));
        var answers = await client.ReceiveUntilAsync("[/499]");
        var at = 0;
        for (var i = 0; i < 500; i++)
        {
            var next = answers.IndexOf($"[/{i}]", at, StringComparison.Ordinal);
            next.ShouldBeGreaterThanOrEqualTo(at);
            at = next;
        }
    }

    [Fact]
    public async Task A_request_that_comes_byte_by_byte_is_answered_and_the_connection_goes_on()
    {
        await using var host = await StartAsync(EchoAsync);
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        for (var round = 0; round < 3; round++)
        {
            foreach (var letter in Post("Content-Length: 5") + "hello") await client.SendAsync(letter.ToString());
            (await client.ReceiveUntilAsync("hello")).ShouldContain("200 OK");
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task Large_bodies_go_both_ways_byte_for_byte(int version, bool tls)
    {
        await using var host = await StartAsync(EchoAsync, options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = version == 1
                    ? HttpProtocols.Http1
                    : HttpProtocols.Http2;
                if (tls) listen.UseHttps(EngineIO.WebSockets.WebSocketServer.OwnCertificate);
            });
        });
        using var client = host.CreateClient(new Version(version, version == 1 ? 1 : 0), tls);
        var bytes = RandomNumberGenerator.GetBytes(Much);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            using HttpContent content = i % 2 == 0 ? new ByteArrayContent(bytes) : new StreamContent(new Unknown(bytes));
            using var answer = await client.PostAsync("/", content);
            answer.EnsureSuccessStatusCode();
            (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        }));
        host.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_can_be_read_as_a_whole()
    {
        await using var host = await StartAsync(async context =>
        {
            var all = await context.Request.BodyReader.ReadAtLeastAsync(Much);
            await context.Response.WriteAsync(all.Buffer.Length.ToString(CultureInfo.InvariantCulture));
            context.Request.BodyReader.AdvanceTo(all.Buffer.End);
        });
        using var client = host.CreateClient();
        using var answer = await client.PostAsync("/", new ByteArrayContent(new byte[Much]));
        (await answer.Content.ReadAsStringAsync()).ShouldBe(Much.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_client_that_asks_before_it_sends_its_body_is_told_to_go_on()
    {
        await using var host = await StartAsync(EchoAsync);
        using var client = host.CreateClient();
        client.DefaultRequestHeaders.ExpectContinue = true;
        using var answer = await client.PostAsync("/", new StringContent("hello"));
        (await answer.Content.ReadAsStringAsync()).ShouldBe("hello");
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        await using var host = await StartAsync(EchoAsync, options =>
        {
            options.Limits.MaxRequestBodySize = 1000;
            options.Listen(IPAddress.Loopback, 0);
        });
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        await client.SendAsync(Post("Content-Length: 1001"));
        (await client.ReceiveUntilAsync("\r\n\r\n")).ShouldContain(" 413 ");
        (await client.ReceiveRestAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_line_beyond_the_limit_is_refused()
    {
        await using var host = await StartAsync(EchoAsync);
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        await client.SendAsync("GET /" + new string('x', 100_000));
        (await client.ReceiveRestAsync()).ShouldNotContain("200 OK");
    }

    [Fact]
    public async Task A_client_that_breaks_off_aborts_its_request()
    {
        var aborted = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        await using var host = await StartAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            begun.SetResult();
            await aborted.Task;
        });
        var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        await client.SendAsync(Get("/"));
        await begun.Task.Within("the request");
        client.Reset();
        await aborted.Task.Within("the abort");
    }

    [Fact]
    public async Task A_client_that_breaks_off_ends_the_reading_of_its_body()
    {
        var failure = new TaskCompletionSource<Exception>();
        var begun = new TaskCompletionSource();
        await using var host = await StartAsync(async context =>
        {
            begun.SetResult();
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
            }
            catch (Exception exception)
            {
                failure.SetResult(exception);
            }
        });
        var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        await client.SendAsync(Post("Content-Length: 10") + "hello");
        await begun.Task.Within("the request");
        client.Reset();
        (await failure.Task.Within("the failure")).ShouldBeAssignableTo<IOException>();
    }

    private protected Task<KestrelHost> StartAsync(
        RequestDelegate handler, Action<KestrelServerOptions>? kestrel = null) =>
        KestrelHost.StartAsync(loops, handler, kestrel);

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n";

    private static string Post(string header) => $"POST / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n";

    private static async Task EchoAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        await context.Response.BodyWriter.WriteAsync(body.ToArray());
    }

    /// <summary>A stream that does not tell its length: what is sent of it is chunked.</summary>
    private sealed class Unknown(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
