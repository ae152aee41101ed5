using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Stork.EngineIO;

/// <summary>
/// Refuses handshakes that a foreign web page starts with the cookies of this site (cross-site WebSocket hijacking): browsers send cookies
/// along and, for WebSockets, ask no CORS question. Requests without cookies, and without an Origin, carry no borrowed authority and pass.
/// </summary>
internal sealed class OriginCheck(EngineOptions options, ILogger logger, TimeProvider time)
{
    private readonly Notices _refused = new(time);

    public async ValueTask<bool> IsAllowedAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!options.CheckOrigin || headers.Origin.Count == 0 || headers.Cookie.Count == 0) return true;
        // The header and not the request's property, which shows Unicode where browsers, in Origin as in Host, say "xn--".
        var (origin, host) = (headers.Origin.ToString(), headers.Host.ToString());
        if (IsSameSite(origin, host)) return true;
        var policy = options.Cors ?? await FindEndpointPolicyAsync(context);
        // "Any origin" is meant for requests without credentials; CORS itself forbids the combination.
        if (policy is not null && policy.SupportsCredentials && !policy.AllowAnyOrigin && policy.IsOriginAllowed(origin)) return true;
        if (_refused.IsNew(origin, host)) Log.OriginRefused(logger, origin, host);
        return false;
    }

    /// <summary>
    /// Whether the page is of the host that was asked for. The scheme is left out of the comparison: behind a proxy that ends TLS the
    /// server sees http. So the port that a host does not name is the one of the origin's scheme.
    /// </summary>
    internal static bool IsSameSite(string origin, string host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && Uri.TryCreate($"{page.Scheme}://{host}", UriKind.Absolute, out var server)
        && page.Host.Length > 0
        && string.Equals(page.IdnHost, server.IdnHost, StringComparison.OrdinalIgnoreCase)
        && page.Port == server.Port
        && server is { UserInfo: "", PathAndQuery: "/" or "", Fragment: "" };

    private static async ValueTask<CorsPolicy?> FindEndpointPolicyAsync(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata.GetMetadata<ICorsMetadata>();
        if (metadata is ICorsPolicyMetadata withPolicy) return withPolicy.Policy;
        var provider = metadata is IEnableCorsAttribute ? context.RequestServices.GetService<ICorsPolicyProvider>() : null;
        return provider is null ? null : await provider.GetPolicyAsync(context, (metadata as IEnableCorsAttribute)?.PolicyName);
    }
}
