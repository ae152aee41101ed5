using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Stork.EngineIO.Takeover;

namespace Stork.Hosting;

/// <summary>Has Kestrel lend the connections of all its endpoints, so that WebSockets can be taken over.</summary>
/// <remarks>
/// <para>
/// Connection middlewares lie upon each other in the order in which they were added, and TLS is one of them. Ours has to lie above it, or
/// it would see encrypted bytes. So it is added when the application has said all it has to say of an endpoint.
/// </para>
/// <para>
/// Of endpoints Kestrel tells only through its defaults for endpoints, of which there is one action. So ours is the first that is set: one
/// of the application replaces it, never the other way round. Those endpoints do not lend their connections then.
/// </para>
/// </remarks>
internal sealed class KestrelTakeover(IOptions<SocketIOOptions> options)
    : IConfigureOptions<KestrelServerOptions>, IPostConfigureOptions<KestrelServerOptions>
{
    private List<ListenOptions>? _incomplete;

    public void Configure(KestrelServerOptions kestrel)
    {
        _incomplete = [];
        kestrel.ConfigureEndpointDefaults(OnEndpoint);
    }

    public void PostConfigure(string? name, KestrelServerOptions kestrel)
    {
        if (_incomplete is null) return;
        // Those of the configuration are made when the server starts, unless it is asked for before.
        kestrel.ConfigurationLoader?.Load();
        foreach (var endpoint in _incomplete) LendConnections(endpoint);
        _incomplete = null;
    }

    private void OnEndpoint(ListenOptions endpoint)
    {
        // One that comes later, of UseUrls or of a configuration that has changed, gets TLS behind this, and then nothing is taken over.
        if (_incomplete is null) LendConnections(endpoint);
        else _incomplete.Add(endpoint);
    }

    private void LendConnections(ListenOptions endpoint)
    {
        if (options.Value.TakeOverConnections) endpoint.Use(ConnectionTakeover.Around);
    }
}
