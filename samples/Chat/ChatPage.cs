using Microsoft.Extensions.FileProviders;

namespace Stork.Samples.Chat;

/// <summary>The page: files of the folder Page, embedded into the program.</summary>
internal static class ChatPage
{
    /// <summary>Only this site's scripts and styles run, so that a mistake in the page cannot become another's script; images come from messages (blob:).</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' ws: wss:; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'";

    public static void UseChatPage(this WebApplication app)
    {
        var files = new EmbeddedFileProvider(typeof(ChatPage).Assembly, "Chat.Page");
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
