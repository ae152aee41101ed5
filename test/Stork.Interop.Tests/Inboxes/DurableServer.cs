using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Inboxes;

/// <summary>A server with inboxes as a process of its own, on one port and one directory however often it is killed.</summary>
internal sealed class DurableServer : IAsyncDisposable
{
    private static readonly string Program = AssemblyMetadata.Get("ConformanceHost");
    private readonly string _directory = Directory.CreateTempSubdirectory("stork-durable-").FullName;
    private ChildProcess? _process;

    public int Port { get; } = FreePort.Find();

    public Uri Url => new($"http://127.0.0.1:{Port}");

    /// <summary>Ids of the orders whose handler ran, in that order.</summary>
    public string[] Effects => File.Exists(EffectsFile) ? File.ReadAllLines(EffectsFile) : [];

    private string EffectsFile => Path.Combine(_directory, "effects.txt");

    public async Task StartAsync()
    {
        _process = ChildProcess.Start("conformance-host inbox", "dotnet", [Program, "inbox", Port.ToString(), _directory]);
        await _process.NextAsync("listening");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process) await process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
