using System.Net;
using System.Net.Sockets;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Conformance;

/// <summary>The conformance host as a process of its own, in one role, on a port of the loopback.</summary>
public abstract class ConformanceHostProcess(string role, int pingTimeoutMs = 200) : IAsyncLifetime
{
    private const int Attempts = 5;
    private static readonly string Program = AssemblyMetadata.Get("ConformanceHost");
    private ChildProcess? _process;

    public Uri Url { get; private set; } = null!;

    /// <summary>Starts the host. It wants a port that is free when it asks for it, so another one may come first;
    /// then another port is tried.</summary>
    public async ValueTask InitializeAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FindFreePort();
            _process = ChildProcess.Start($"conformance-host {role}", "dotnet", [Program, role, $"{port}", $"{pingTimeoutMs}"]);
            Url = new Uri($"http://127.0.0.1:{port}");
            if (await IsListeningAsync(port)) return;
            if (attempt == Attempts) await _process.CompleteAsync();
            await _process.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Asks until somebody answers; false if the process ended instead.</summary>
    private async Task<bool> IsListeningAsync(int port)
    {
        var asking = Task.Run(async () =>
        {
            while (_process!.IsRunning)
            {
                try
                {
                    using var client = new TcpClient();
                    await client.ConnectAsync(IPAddress.Loopback, port);
                    return true;
                }
                catch (SocketException)
                {
                    await Task.Yield();
                }
            }

            return false;
        });
        return await asking.Within($"conformance-host {role} to listen");
    }
}
