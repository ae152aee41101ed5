using System.Net;
using System.Net.Sockets;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Conformance;

/// <summary>The program the official protocol suites are pointed at, as a process on a free port.</summary>
internal sealed class ConformanceHost : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private ConformanceHost(ChildProcess process, Uri url)
    {
        _process = process;
        Url = url;
    }

    public Uri Url { get; }

    public static async Task<ConformanceHost> StartAsync(string role)
    {
        var port = FreePort();
        var process = Run(role, $"{port}");
        var listening = await process.NextAsync("listening");
        return new ConformanceHost(process, new Uri(listening.GetProperty("url").GetString()!));
    }

    public static ChildProcess Run(params string[] arguments) =>
        ChildProcess.Start($"conformance-host {string.Join(' ', arguments)}", "dotnet", [AssemblyMetadata.Get("ConformanceHost"), .. arguments]);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
