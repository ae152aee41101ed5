using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Stork.Kestrel.Peer;

/// <summary>The level of plain requests, for long-polling: a POST brings packets, a GET waits for the answer.</summary>
internal sealed class RequestLevel : IHttpApplication<IFeatureCollection>
{
    private static readonly byte[] s_ok = "ok"u8.ToArray();

    private readonly ConcurrentDictionary<string, PollingSession> _sessions = new();
    private int _lastSession;

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var session = request.QueryString.LastIndexOf("sid=", StringComparison.Ordinal);
        if (session < 0)
            return WriteAsync(context, Open());
        var polling = _sessions[request.QueryString[(session + "sid=".Length)..]];
        return request.Method == HttpMethods.Get ? GetAsync(context, polling) : PostAsync(context, request, polling);
    }

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    private byte[] Open()
    {
        var id = Interlocked.Increment(ref _lastSession).ToString(CultureInfo.InvariantCulture);
        _sessions[id] = new PollingSession();
        return Encoding.ASCII.GetBytes(
            $$"""0{"sid":"{{id}}","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""");
    }

    private static async Task GetAsync(IFeatureCollection context, PollingSession session) =>
        await WriteAsync(context, await session.NextAsync());

    private static async Task PostAsync(IFeatureCollection context, IHttpRequestFeature request, PollingSession session)
    {
        var body = new byte[(int)request.Headers.ContentLength!.Value];
        await request.Body.ReadExactlyAsync(body);
        session.Answer(body);
        await WriteAsync(context, s_ok);
    }

    private static async Task WriteAsync(IFeatureCollection context, byte[] body)
    {
        var headers = context.GetRequiredFeature<IHttpResponseFeature>().Headers;
        headers.ContentType = "text/plain; charset=UTF-8";
        headers.ContentLength = body.Length;
        await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(body);
    }
}
