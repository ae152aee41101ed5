using Microsoft.AspNetCore.Http;

namespace Stork.EngineIO;

/// <summary>
/// The cookie of the polling handshake. What a plain builder leaves unsaid is as in the original; one of the application's own class says
/// it all.
/// </summary>
internal static class SessionCookie
{
    public static CookieOptions Build(CookieBuilder builder, HttpContext context)
    {
        var cookie = builder.Build(context);
        // An attribute without a value means the same, but looks as if something had gone wrong.
        if (cookie.Path is "") cookie.Path = null;
        if (builder.GetType() != typeof(CookieBuilder)) return cookie;
        cookie.HttpOnly = true;
        if (cookie.SameSite == SameSiteMode.Unspecified) cookie.SameSite = SameSiteMode.Lax;
        // Without it the router has nothing to go by, whatever a visitor has yet to consent to.
        cookie.IsEssential = true;
        return cookie;
    }
}
