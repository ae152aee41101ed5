using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Samples;

/// <summary>The server of samples/Parcels as a process, killed and started again on the same port and directory.</summary>
internal sealed class ParcelsOffice : IAsyncDisposable
{
    private static readonly string Program = AssemblyMetadata.Get("ParcelsServer");
    private readonly string _directory = Directory.CreateTempSubdirectory("stork-parcels-").FullName;
    private ChildProcess? _process;

    public int Port { get; } = FreePort.Find();

    public Uri Url => new($"http://127.0.0.1:{Port}");

    public async Task InviteAsync(string role, string name)
    {
        string[] arguments = [Program, "invite", role, name, "--data", _directory];
        await using var process = ChildProcess.Start($"invite {role} {name}", "dotnet", arguments, _directory);
        await process.CompleteAsync();
    }

    /// <summary>Starts it; consoles wait for it by themselves.</summary>
    public void Start() => _process = ChildProcess.Start(
        "the office", "dotnet", [Program, "--urls", Url.ToString(), "--data", _directory], _directory);

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process) await process.DisposeAsync();
        _process = null;
    }

    /// <param name="kind">In which language.</param>
    /// <param name="role">"shop" or "driver".</param>
    /// <param name="name">Its name.</param>
    /// <param name="through">A way to the server; null: the straight one.</param>
    /// <returns>A console that is connected.</returns>
    public async Task<ParcelsConsole> OpenAsync(ParcelsConsoleKind kind, string role, string name, Uri? through = null)
    {
        var console = new ParcelsConsole(kind, role, name, through ?? Url, _directory);
        await console.ShouldConnectAsync();
        return console;
    }

    /// <returns>A console that has a terminal before it, and is about to connect.</returns>
    public ParcelsConsole OpenTerminal(ParcelsConsoleKind kind, string role, string name) =>
        new(kind, role, name, Url, _directory, isTerminal: true);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
