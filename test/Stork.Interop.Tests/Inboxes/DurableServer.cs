using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Inboxes;

/// <summary>A server with inboxes or queues as a process of its own, on one port and one directory however often it is killed.</summary>
/// <param name="role">What the conformance host is to be.</param>
internal sealed class DurableServer(string role = "inbox") : IAsyncDisposable
{
    private static readonly string Program = AssemblyMetadata.Get("ConformanceHost");
    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("stork-durable-").FullName;
    private ChildProcess? _process;

    /// <summary>What starts the process: a program and its arguments, which end with the process's own.
    /// Empty: nothing but itself.</summary>
    public string[] Launcher { get; set; } = [];

    public int Port { get; } = FreePort.Find();

    public string Directory => _directory;

    public Uri Url => new($"http://127.0.0.1:{Port}");

    /// <summary>Ids of the orders whose handler ran, in that order.</summary>
    public string[] Effects => File.Exists(EffectsFile) ? File.ReadAllLines(EffectsFile) : [];

    private string EffectsFile => Path.Combine(_directory, "effects.txt");

    public async Task StartAsync()
    {
        Begin();
        await _process!.NextAsync("listening");
    }

    /// <summary>Starts it, whether it lives to be listening or not.</summary>
    public void Begin()
    {
        string[] command = [.. Launcher, "dotnet", Program, role, Port.ToString(), _directory];
        _process = ChildProcess.Start($"conformance-host {role}", command[0], command[1..]);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process) await process.DisposeAsync();
        _process = null;
    }

    /// <summary>Waits until it has ended by itself, badly.</summary>
    public async Task EndAsync() => (await ExitAsync()).ShouldNotBe(0);

    /// <summary>SIGTERM, and waits until it has ended in order.</summary>
    public async Task StopAsync()
    {
        await _process!.AskToEndAsync();
        await _process.CompleteAsync();
        await KillAsync();
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        var code = await _process!.EndAsync();
        await KillAsync();
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        System.IO.Directory.Delete(_directory, recursive: true);
    }
}
