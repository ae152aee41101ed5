using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

namespace Stork.Samples.Chat;

/// <summary>
/// Knows browsers again: who comes for the first time gets a cookie, encrypted by ASP.NET Core and out of reach of scripts, with an id that
/// nobody else has. An application with accounts has its sign-in here, and the rest of the chat stays as it is.
/// </summary>
internal static class Visitors
{
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    public static void AddVisitors(this IServiceCollection services, string keys)
    {
        services.AddDataProtection().SetApplicationName("Stork chat").PersistKeysToFileSystem(new DirectoryInfo(keys));
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(static options =>
        {
            options.Cookie.Name = "visitor";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.ExpireTimeSpan = Memory;
            options.SlidingExpiration = true;
        });
    }

    public static void UseVisitors(this WebApplication app)
    {
        app.UseAuthentication();
        app.Use(static async (context, next) =>
        {
            if (context.User.Identity?.IsAuthenticated != true)
            {
                Claim[] claims = [new(ClaimTypes.NameIdentifier, Guid.NewGuid().ToString("N"))];
                context.User = new ClaimsPrincipal(new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme));
                await context.SignInAsync(context.User, new AuthenticationProperties { IsPersistent = true });
            }

            await next(context);
        });
    }

    public static string IdOf(Socket socket) => socket.Handshake.User.FindFirstValue(ClaimTypes.NameIdentifier)!;
}
