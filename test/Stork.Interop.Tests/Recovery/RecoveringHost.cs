using System.Net;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Recovery;

/// <summary>A server with recovery as a process of its own, which can be killed and takes its port again:
/// Stork, or the original one.</summary>
internal sealed class RecoveringHost : IAsyncDisposable
{
    private static readonly string Program = AssemblyMetadata.Get("ConformanceHost");
    private readonly string _directory = Directory.CreateTempSubdirectory("stork-interop-recovery-").FullName;
    private readonly HttpClient _http = new();
    private ChildProcess _process = null!;

    private string _role = "recovery";

    private RecoveringHost()
    {
    }

    public Uri Url { get; private set; } = null!;

    /// <param name="version">What the clients are: the host speaks what they do.</param>
    public static async Task<RecoveringHost> StartAsync(ClientVersion version = ClientVersion.V4_8)
    {
        var host = new RecoveringHost();
        if (version == ClientVersion.V4_8_MessagePack) host._role = "recovery+msgpack";
        for (var attempt = 1; ; attempt++)
        {
            host.Url = new Uri($"http://127.0.0.1:{FreePort.Find()}");
            host.Launch();
            try
            {
                await host._process.NextAsync("listening");
                return host;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                // Another one took the port.
            }
        }
    }

    public static async Task<RecoveringHost> StartOriginalAsync()
    {
        await NodePackages.RequireAsync();
        var host = new RecoveringHost
        {
            _process = ChildProcess.Start("the original server with recovery", "node", ["servers/recovering.mjs"], NodePackages.Directory),
        };
        host.Url = new Uri((await host._process.NextAsync("listening")).GetProperty("url").GetString()!);
        return host;
    }

    /// <summary>kill -9: no handler runs, nothing is closed in order.</summary>
    public ValueTask KillAsync() => _process.DisposeAsync();

    public async Task RestartAsync()
    {
        Launch();
        await _process.NextAsync("listening");
    }

    /// <summary>Has an event sent; returns when the server has kept it.</summary>
    public async Task EmitAsync(string name, int value, string? room = null)
    {
        var path = $"/emit/{name}?value={value}" + (room is null ? "" : $"&room={room}");
        using var answer = await _http.GetAsync(new Uri(Url, path)).Within("the server to emit");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Launch() => _process = ChildProcess.Start(
        "conformance-host recovery", "dotnet", [Program, _role, Url.Port.ToString(), _directory]);
}
