using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Stork;
using Stork.Administration;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the administration of queues on a path.</summary>
public static class QueueAdminEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Serves <see cref="QueueAdmin"/> over HTTP. Say who may use it: <c>app.MapQueueAdmin("/stork").RequireAuthorization("operators")</c>;
    /// until then every request is answered with 403.
    /// </summary>
    /// <param name="endpoints">The application's endpoints.</param>
    /// <param name="prefix">The path, for instance <c>/stork</c>.</param>
    /// <returns>The endpoints, for conventions.</returns>
    /// <exception cref="InvalidOperationException">AddSocketIO was not called.</exception>
    public static IEndpointConventionBuilder MapQueueAdmin(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string prefix)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        var admin = endpoints.ServiceProvider.GetService<QueueAdmin>()
            ?? throw new InvalidOperationException(
                "Socket.IO is not set up: call builder.Services.AddSocketIO() before the application is built.");
        var group = endpoints.MapGroup(prefix);
        new AdminEndpoints(admin, endpoints.ServiceProvider.GetRequiredService<SocketIOServer>()).Map(group);
        return group;
    }
}
