using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stork.Tests.EngineIO.WebSockets;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.Hosting;

/// <summary>On which endpoints of Kestrel connections are taken over, in whichever way the application has made them.</summary>
public sealed class KestrelTakeoverTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("stork").FullName;

    [Fact]
    public Task Of_urls() => IsTakenOver(builder => builder.WebHost.UseUrls("http://127.0.0.1:0"));

    [Fact]
    public Task Of_a_configuration() => IsTakenOver(builder => Configure(builder, ("Endpoints:Main:Url", "http://127.0.0.1:0")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Of_code_in_the_clear(bool isBefore) => IsTakenOver(Listen(_ => { }), isBefore);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Of_code_with_TLS(bool isBefore) => IsTakenOver(Listen(WithTls), isBefore);

    [Fact]
    public Task Of_a_configuration_with_TLS()
    {
        var path = Path.Combine(_directory, "own.pfx");
        File.WriteAllBytes(path, WebSocketServer.OwnCertificate.Export(X509ContentType.Pfx));
        return IsTakenOver(builder => Configure(
            builder, ("Endpoints:Main:Url", "https://127.0.0.1:0"), ("Endpoints:Main:Certificate:Path", path)));
    }

    [Fact]
    public Task Of_a_unix_socket()
    {
        var path = Path.Combine(_directory, "s");
        return IsTakenOver(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path)),
            connect: async (_, cancellation) =>
            {
                var socket = new TcpSocket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            });
    }

    [Fact]
    public Task Not_if_the_option_says_no() => IsNotTakenOver(
        Listen(_ => { }), "TakeOverConnections is false", options: options => options.TakeOverConnections = false);

    [Fact]
    public Task Not_of_urls_with_TLS() => IsNotTakenOver(
        builder =>
        {
            builder.WebHost.UseUrls("https://127.0.0.1:0");
            builder.WebHost.ConfigureKestrel(kestrel =>
                kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = WebSocketServer.OwnCertificate));
        },
        "TLS or a middleware");

    [Fact]
    public Task Not_over_HTTP_2() => IsNotTakenOver(
        Listen(endpoint => endpoint.Protocols = HttpProtocols.Http2), "HTTP/2", version: HttpVersion.Version20);

    [Fact]
    public Task Not_where_the_application_has_defaults_of_its_own_for_endpoints() => IsNotTakenOver(
        builder =>
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(_ => { }));
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        },
        "ConfigureEndpointDefaults");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Action<WebApplicationBuilder> Listen(Action<ListenOptions> configure) =>
        builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, configure));

    private static void WithTls(ListenOptions endpoint) => endpoint.UseHttps(WebSocketServer.OwnCertificate);

    private static void Configure(WebApplicationBuilder builder, params (string Key, string Value)[] settings) =>
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create("Kestrel:" + setting.Key, (string?)setting.Value)));

    private static async Task IsTakenOver(
        Action<WebApplicationBuilder> configure,
        bool isBefore = false,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        var log = await ConnectAsync(configure, isBefore, connect: connect);
        log.Of(32).ShouldHaveSingleItem();
        log.Of(33).ShouldBeEmpty();
    }

    private static async Task IsNotTakenOver(
        Action<WebApplicationBuilder> configure,
        string reason,
        Action<SocketIOOptions>? options = null,
        Version? version = null)
    {
        var log = await ConnectAsync(configure, isBefore: false, options, version);
        log.Of(32).ShouldBeEmpty();
        log.Of(33).ShouldHaveSingleItem().Message.ShouldContain(reason);
    }

    /// <summary>Starts an application, and has two clients say something.</summary>
    private static async Task<RecordedLog> ConnectAsync(
        Action<WebApplicationBuilder> configure,
        bool isBefore,
        Action<SocketIOOptions>? options = null,
        Version? version = null,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        var log = new RecordedLog();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        if (isBefore) configure(builder);
        builder.Services.AddSocketIO(options);
        if (!isBefore) configure(builder);
        await using var app = builder.Build();
        app.MapSocketIO();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        for (var i = 0; i < 2; i++) await TalkAsync(address, version ?? HttpVersion.Version11, connect);
        return log;
    }

    private static async Task TalkAsync(
        string address, Version version, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect)
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = connect };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) => WebSocketServer.IsOwn(presented);
        using var invoker = new HttpMessageInvoker(handler);
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = version;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var host = connect is null ? address[(address.IndexOf(':', StringComparison.Ordinal) + 3)..] : "host";
        var scheme = address.StartsWith("https:", StringComparison.Ordinal) ? "wss" : "ws";
        var url = new Uri($"{scheme}://{host}/socket.io/?EIO=4&transport=websocket");
        await client.ConnectAsync(url, invoker, default).Within("a handshake");
        (await ReceiveAsync(client)).ShouldStartWith("0{");
        await client.SendAsync("40"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default).Within("sending");
        (await ReceiveAsync(client)).ShouldStartWith("40{");
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default).Within("the end");
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket client)
    {
        var buffer = new byte[1000];
        var received = await client.ReceiveAsync(buffer, default).Within("a packet");
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
