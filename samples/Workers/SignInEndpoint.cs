namespace Stork.Samples.Workers;

/// <summary>Where a browser signs in: with a key in the address, once.</summary>
internal static class SignInEndpoint
{
    public static void MapSignIn(this WebApplication app)
    {
        // The address printed at the start: the key becomes a cookie that scripts and other sites cannot use.
        app.MapGet("/enter", static (string key, AccessKeys keys, HttpContext context) =>
        {
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            if (keys.RoleOf(key) is null) return Results.Redirect("/?wrong");
            context.Response.Cookies.Append(KeyAuthentication.Cookie, key, new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = context.Request.IsHttps,
                MaxAge = TimeSpan.FromDays(30),
            });
            return Results.Redirect("/");
        });
        app.MapGet("/me", static (AccessKeys keys) => new { workerKey = keys.ForWorkers }).RequireAuthorization("operators");
    }
}
