using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.OutputCaching;

namespace Stork.EngineIO;

/// <summary>
/// Keeps middlewares that are meant for pages away from the endpoint, which speaks a protocol: a request that is held is not late, an
/// answer is for one client alone, and its bytes are exactly those that were written. Whoever looks at the endpoint is told by its
/// metadata; whoever ran before the routing, or was told otherwise, by the features that it left with the request.
/// </summary>
internal static class PipelineOptOut
{
    public static void AddTo(IEndpointConventionBuilder endpoint) =>
        endpoint.Add(static builder =>
        {
            builder.Metadata.Add(new DisableRequestTimeoutAttribute());
            builder.Metadata.Add(new OutputCacheAttribute { NoStore = true });
        });

    /// <summary>To be called before anything is answered or waited for.</summary>
    public static void Apply(HttpContext context)
    {
        var features = context.Features;
        features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        if (features.Get<IOutputCacheFeature>() is { } cache) cache.Context.AllowCacheStorage = false;
        // A short body of an error would be replaced by a page, or by a redirect to one.
        if (features.Get<IStatusCodePagesFeature>() is { } pages) pages.Enabled = false;
    }

    /// <summary>To be called before the body is written, if it should leave as it is.</summary>
    public static void KeepUncompressed(HttpContext context)
    {
        // The middleware has no switch for HTTP without TLS; but it looks at what the client accepts only when the body begins.
        if (context.Features.Get<IHttpsCompressionFeature>() is null) return;
        context.Request.Headers.AcceptEncoding = default;
    }
}
