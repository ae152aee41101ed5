using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Stork;
using Stork.Durable;
using Stork.Durable.Inboxes;
using Stork.EventLoops;
using Stork.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Socket.IO to an application's services.</summary>
public static class SocketIOServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="SocketIOServer"/>, to be put on a path with <c>app.MapSocketIO()</c>. Calling it again adds configuration.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets options; they are validated when the application starts.</param>
    /// <returns>What packages that extend the server hang their methods on.</returns>
    public static SocketIOBuilder AddSocketIO(this IServiceCollection services, Action<SocketIOOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null) services.Configure(configure);
        services.AddOptions<SocketIOOptions>().ValidateOnStart();
        services.AddCors();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SocketIOOptions>, SocketIOOptionsValidator>());
        services.TryAddSingleton(provider => new SocketIOMetrics(provider.GetService<System.Diagnostics.Metrics.IMeterFactory>()));
        services.TryAddSingleton<IInboxIdentityResolver, ClaimIdentityResolver>();
        services.TryAddSingleton(Create);
        services.TryAddSingleton(provider => new QueueAdmin(provider.GetRequiredService<SocketIOServer>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, QueueHostedService>());
        AddTakeover(services);
        // Kestrel asks the last one first; where there is no Kestrel, nobody does.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, EventLoopTransport>(CreateTransport));
        return new SocketIOBuilder(services);
    }

    private static void AddTakeover(IServiceCollection services)
    {
        if (services.Any(static service => service.ServiceType == typeof(KestrelTakeover))) return;
        services.AddSingleton<KestrelTakeover>();
        // In front of all others: what the application says of its endpoints comes after it, and prevails.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>>(Find));
        services.AddSingleton<IPostConfigureOptions<KestrelServerOptions>>(Find);

        static KestrelTakeover Find(IServiceProvider provider) => provider.GetRequiredService<KestrelTakeover>();
    }

    private static SocketIOServer Create(IServiceProvider services)
    {
        var server = SocketIOServerFactory.Create(
            services.GetRequiredService<IOptions<SocketIOOptions>>().Value,
            services,
            services.GetRequiredService<ILoggerFactory>().CreateLogger("Stork"),
            services.GetRequiredService<SocketIOMetrics>(),
            services.GetService<TimeProvider>() ?? TimeProvider.System);
        // The web server waits for its requests when it stops, and a WebSocket is one: they have to end before.
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopping.Register(() => Stop(server));
        return server;
    }

    private static EventLoopTransport CreateTransport(IServiceProvider services) => new(
        () => services.GetRequiredService<IOptions<SocketIOOptions>>().Value.ToEventLoopOptions(),
        services.GetRequiredService<IOptions<SocketTransportOptions>>().Value,
        services.GetService<IMemoryPoolFactory<byte>>(),
        services.GetService<TimeProvider>() ?? TimeProvider.System,
        BestEffortLogger.Around(services.GetRequiredService<ILoggerFactory>().CreateLogger("Stork")));

    /// <summary>Nothing is handed out any more before clients are sent away: what they give back is not for others to begin now.</summary>
    private static void Stop(SocketIOServer server)
    {
        server.WorkQueues.BeginStop();
        server.Close();
    }
}
