using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Stork.EngineIO;

/// <summary>
/// Lets requests share the strings that say the same for many clients. A WebSocket's request lasts as long as its connection, and with it
/// what the web server read from it: host, browser, languages, each a string of its own for every connection.
/// </summary>
/// <remarks>
/// A table in which a newer string takes the place of an older one with the same hash: bounded, without locks, and nothing depends on what
/// is found. Only headers that name no person are looked at, so that no secret outlives its request here.
/// </remarks>
internal sealed class HeaderStringPool
{
    private const int Slots = 512;
    private const int MaxLength = 512;

    private static readonly QueryString WebSocketQuery = new("?EIO=4&transport=websocket");

    private static readonly string[] Names =
    [
        HeaderNames.Host, HeaderNames.Connection, HeaderNames.Upgrade, HeaderNames.SecWebSocketVersion, HeaderNames.SecWebSocketExtensions,
        HeaderNames.UserAgent, HeaderNames.Origin, HeaderNames.Accept, HeaderNames.AcceptEncoding, HeaderNames.AcceptLanguage,
        HeaderNames.CacheControl, HeaderNames.Pragma,
    ];

    private readonly string?[] _slots = new string?[Slots];

    /// <summary>Replaces strings of the request by equal ones that other requests have.</summary>
    public void ApplyTo(HttpRequest request)
    {
        var headers = request.Headers;
        foreach (var name in Names)
        {
            if (headers.TryGetValue(name, out var values) && values is [{ } value]) headers[name] = Share(value);
        }

        // A query of the client's own may hold a token; what official clients send without one is known.
        if (request.QueryString != WebSocketQuery) return;
        request.QueryString = WebSocketQuery;
        if (request.Path.Value is { } path) request.Path = Share(path);
        if (request.HttpContext.Features.Get<IHttpRequestFeature>() is { RawTarget: { } target } feature) feature.RawTarget = Share(target);
    }

    private string Share(string text)
    {
        if (text.Length > MaxLength) return text;
        ref var slot = ref _slots[(uint)text.GetHashCode(StringComparison.Ordinal) % Slots];
        var found = Volatile.Read(ref slot);
        if (found == text) return found;
        Volatile.Write(ref slot, text);
        return text;
    }
}
