namespace Stork.Samples.Workers;

/// <summary>How a browser gets in.</summary>
internal static class Door
{
    public static void MapDoor(this WebApplication app)
    {
        // The address printed at the start: the key becomes a cookie that scripts and other sites cannot use.
        app.MapGet("/enter", static (string key, Keys keys, HttpContext context) =>
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
        app.MapGet("/me", static (Keys keys) => new { workerKey = keys.ForWorkers }).RequireAuthorization("operators");
    }
}
