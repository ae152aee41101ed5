using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Stork.ClientFiles;
using Stork.EngineIO;
using Stork.Options;

namespace Stork.Hosting;

/// <summary>The server's place in the application's routing: CORS, the client's files, and everything else for the engine.</summary>
internal sealed class SocketIOEndpoint(SocketIOServer server, SocketIOOptions options) : IEndpointConventionBuilder
{
    private const string RestOfPath = "rest";

    private readonly ClientFileEndpoint _files = new(ClientBundle.Embedded, options.Parser?.ClientScript);
    private IEndpointConventionBuilder? _conventions;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        if (_conventions is not null) throw new InvalidOperationException("MapSocketIO was called before; a server has one path.");
        var path = options.Path;
        _conventions = endpoints.Map($"{path}/{{**{RestOfPath}}}", HandleAsync).WithDisplayName($"Socket.IO {path}/");
        PipelineOptOut.AddTo(_conventions);
        Log.Mapped(server.Logger, path);
        ConnectionLimit.Report(server.Logger, options.MaxConnections);
    }

    public void Add(Action<EndpointBuilder> convention) => Conventions().Add(convention);

    public void Finally(Action<EndpointBuilder> finalConvention) => Conventions().Finally(finalConvention);

    private IEndpointConventionBuilder Conventions() =>
        _conventions ?? throw new InvalidOperationException("Call MapSocketIO first: there is no endpoint yet that this could apply to.");

    private Task HandleAsync(HttpContext context)
    {
        PipelineOptOut.Apply(context);
        if (options.Cors is { } policy && ApplyCors(context, policy)) return Task.CompletedTask;
        var rest = context.Request.RouteValues[RestOfPath] as string;
        if (string.IsNullOrEmpty(rest))
        {
            // Routing takes "/socket.io" and "/socket.io/" for the same; the protocol does not.
            if (!options.AddTrailingSlash || context.Request.Path.Value!.EndsWith('/')) return server.Engine.HandleAsync(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return options.ServeClient && ClientFileEndpoint.IsClientFile(rest)
            ? _files.ServeAsync(context, rest)
            : server.Engine.HandleAsync(context);
    }

    /// <summary>Sets the policy's headers; true if the request was a preflight and is answered with them.</summary>
    internal static bool ApplyCors(HttpContext context, CorsPolicy policy)
    {
        var cors = context.RequestServices.GetRequiredService<ICorsService>();
        cors.ApplyResult(cors.EvaluatePolicy(context, policy), context.Response);
        if (!HttpMethods.IsOptions(context.Request.Method)) return false;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
