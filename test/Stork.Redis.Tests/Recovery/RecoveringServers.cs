using Microsoft.Extensions.DependencyInjection;

namespace Stork.Redis.Tests.Recovery;

/// <summary>How servers are set up whose clients recover on any of them.</summary>
internal static class RecoveringServers
{
    public static void Configure(RedisAdapterOptions options) => options.Mode = RedisAdapterMode.Streams;

    public static void Add(IServiceCollection services) => services.Configure<SocketIOOptions>(static options =>
        options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { SkipMiddlewares = true });
}
