using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Stork.ClientFiles;

namespace Stork.Tests.ClientFiles;

/// <summary>Kestrel on a free port of the loopback, with nothing behind it but one endpoint for the client files.</summary>
internal sealed class ClientFileServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ClientFileServer(WebApplication app)
    {
        _app = app;
        // Codings are asked for and decoded by the tests themselves.
        Http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None })
        {
            BaseAddress = new Uri(app.Urls.Single()),
        };
    }

    public HttpClient Http { get; }

    /// <param name="bundle">The files.</param>
    /// <param name="before">Sees each request first.</param>
    /// <param name="parserScript">The script of the server's parser: by default as if it spoke MessagePack, as all files are served
    /// then.</param>
    public static async Task<ClientFileServer> StartAsync(
        ClientBundle bundle, RequestDelegate? before = null, string? parserScript = "socket.io.msgpack.min.js")
    {
        var endpoint = new ClientFileEndpoint(bundle, parserScript);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            if (before is not null)
                await before(context);
            await endpoint.ServeAsync(context, context.Request.Path.Value!.Split('/')[^1]);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ClientFileServer(app);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string fileName, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, $"/socket.io/{fileName}");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public Task<HttpResponseMessage> GetAsync(string fileName, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, fileName, headers);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
