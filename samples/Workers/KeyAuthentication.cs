using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Stork.Samples.Workers;

/// <summary>Who shows a key, as a browser's cookie or in the header <c>Authorization: Bearer …</c>, has its role.</summary>
internal sealed class KeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessKeys keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "Key";
    public const string Cookie = "stork-workers";
    private const string Bearer = "Bearer ";

    /// <summary>A middleware of the namespace: nobody without a key gets a connection.</summary>
    public static ValueTask RequireKey(Socket socket) =>
        socket.Handshake.User.Identity?.IsAuthenticated == true
            ? ValueTask.CompletedTask
            : throw new ConnectErrorException("A key is needed.");

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = (string?)Request.Headers.Authorization;
        var key = header?.StartsWith(Bearer, StringComparison.Ordinal) == true ? header[Bearer.Length..] : Request.Cookies[Cookie];
        if (string.IsNullOrEmpty(key)) return Task.FromResult(AuthenticateResult.NoResult());
        if (keys.RoleOf(key) is not { } role) return Task.FromResult(AuthenticateResult.Fail("This is none of the keys."));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, role), new Claim(ClaimTypes.Role, role)], Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name)));
    }
}
