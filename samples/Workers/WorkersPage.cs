using Microsoft.Extensions.FileProviders;

namespace Stork.Samples.Workers;

/// <summary>The page: files of the folder Page, embedded into the program.</summary>
internal static class WorkersPage
{
    /// <summary>Only this site's scripts run, whatever mistake the page may contain.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'";

    public static void UseWorkersPage(this WebApplication app)
    {
        var files = new EmbeddedFileProvider(typeof(WorkersPage).Assembly, "Workers.Page");
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = static context =>
            {
                var headers = context.Context.Response.Headers;
                headers.CacheControl = "no-cache";
                headers.ContentSecurityPolicy = ContentSecurityPolicy;
                headers.XContentTypeOptions = "nosniff";
                headers["Referrer-Policy"] = "no-referrer";
            },
        });
    }
}
