using System.Text.Json;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Clients;

/// <summary>A script of <c>clients/scenarios</c>, run by Node with an official client.</summary>
internal static class Scenario
{
    /// <summary>Starts the script; its reports are the caller's to take.</summary>
    /// <param name="name">The script's name.</param>
    /// <param name="url">The server.</param>
    /// <param name="version">The client's version.</param>
    /// <param name="transport">The client's transports.</param>
    /// <param name="with">What the script gets besides, as JSON.</param>
    public static async Task<ChildProcess> StartAsync(
        string name, Uri url, ClientVersion version, ClientTransport transport, object? with = null)
    {
        await NodePackages.RequireAsync();
        var package = version switch
        {
            ClientVersion.V4_0 => "socket.io-client-4.0",
            ClientVersion.V4_5 => "socket.io-client-4.5",
            ClientVersion.V4_6 => "socket.io-client-4.6",
            ClientVersion.V4_8_MessagePack => "socket.io-client-4.8+socket.io-msgpack-parser",
            _ => "socket.io-client-4.8",
        };
        var transports = transport switch
        {
            ClientTransport.Polling => "polling",
            ClientTransport.WebSocket => "websocket",
            _ => "polling,websocket",
        };
        var given = JsonSerializer.Serialize(with ?? new { }, JsonSerializerOptions.Web);
        string[] arguments = ["run.mjs", name, url.ToString(), package, transports, given];
        return ChildProcess.Start($"scenario {name} ({version}, {transport})", "node", arguments, NodePackages.Directory);
    }

    /// <summary>Runs the script to its good end.</summary>
    /// <returns>Its reports.</returns>
    public static async Task<IReadOnlyList<JsonElement>> RunAsync(
        string name, Uri url, ClientVersion version, ClientTransport transport, object? with = null)
    {
        await using var process = await StartAsync(name, url, version, transport, with);
        return await process.CompleteAsync();
    }
}
