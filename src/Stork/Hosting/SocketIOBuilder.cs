using Microsoft.Extensions.DependencyInjection;

namespace Stork;

/// <summary>What <c>AddSocketIO</c> gives: packages that extend the server have their methods on it.</summary>
public sealed class SocketIOBuilder
{
    internal SocketIOBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }
}
