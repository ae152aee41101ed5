using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Stork.Tests.Durable.WorkQueues;

/// <summary>Who says a name is that one.</summary>
internal sealed class ByName(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Header = "X-Name";

    /// <summary>Adds the scheme, and the policy "operators" that lets in who is called ada.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.AddAuthentication(nameof(ByName)).AddScheme<AuthenticationSchemeOptions, ByName>(nameof(ByName), null);
        services.AddAuthorizationBuilder().AddPolicy("operators", policy => policy.RequireUserName("ada"));
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if ((string?)Request.Headers[Header] is not { Length: > 0 } name) return Task.FromResult(AuthenticateResult.NoResult());
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }
}
