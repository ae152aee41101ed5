using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Stork.Engine;

/// <summary>
/// Refuses handshakes that a foreign web page starts with the cookies of this site (cross-site WebSocket hijacking): browsers send cookies along and,
/// for WebSockets, ask no CORS question. Requests without cookies, and without an Origin, carry no borrowed authority and pass.
/// </summary>
internal sealed class OriginCheck(SocketIOOptions options)
{
    public async ValueTask<bool> IsAllowedAsync(HttpContext context)
    {
        var request = context.Request;
        if (!options.CheckOrigin || request.Headers.Origin.Count == 0 || request.Headers.Cookie.Count == 0) return true;
        var origin = request.Headers.Origin.ToString();
        if (IsSameOrigin(request, origin)) return true;
        var policy = options.Cors ?? await FindEndpointPolicyAsync(context);
        // "Any origin" is meant for requests without credentials; CORS itself forbids the combination.
        return policy is not null && policy.SupportsCredentials && !policy.AllowAnyOrigin && policy.IsOriginAllowed(origin);
    }

    /// <summary>The scheme is left out of the comparison: behind a proxy that ends TLS the server sees http.</summary>
    private static bool IsSameOrigin(HttpRequest request, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, WithoutDefaultPort(request.Host, uri), StringComparison.OrdinalIgnoreCase);

    private static string WithoutDefaultPort(HostString host, Uri uri) =>
        host.Port is { } port && uri.IsDefaultPort && port == uri.Port ? host.Host : host.Value ?? "";

    private static async ValueTask<CorsPolicy?> FindEndpointPolicyAsync(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata.GetMetadata<ICorsMetadata>();
        if (metadata is ICorsPolicyMetadata withPolicy) return withPolicy.Policy;
        var provider = metadata is IEnableCorsAttribute ? context.RequestServices.GetService<ICorsPolicyProvider>() : null;
        return provider is null ? null : await provider.GetPolicyAsync(context, (metadata as IEnableCorsAttribute)?.PolicyName);
    }
}
