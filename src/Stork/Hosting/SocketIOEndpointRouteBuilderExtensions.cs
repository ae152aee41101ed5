using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Stork;
using Stork.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts Socket.IO on a path.</summary>
public static class SocketIOEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Serves Socket.IO at <see cref="SocketIOOptions.Path"/>. The result takes conventions like any endpoint
    /// (<c>RequireAuthorization()</c>, <c>RequireCors(…)</c>, <c>RequireHost(…)</c>); they hold for handshakes, polls and upgrades alike.
    /// </summary>
    /// <returns>The server.</returns>
    /// <exception cref="InvalidOperationException">AddSocketIO was not called, or MapSocketIO was called before.</exception>
    public static SocketIOServer MapSocketIO(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var server = endpoints.ServiceProvider.GetService<SocketIOServer>()
            ?? throw new InvalidOperationException(
                "Socket.IO is not set up: call builder.Services.AddSocketIO() before the application is built.");
        server.Features.Find<SocketIOEndpoint>()!.Map(endpoints);
        return server;
    }
}
