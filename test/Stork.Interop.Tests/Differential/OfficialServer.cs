using System.Collections.Concurrent;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Differential;

/// <summary>The original server, run by Node (<c>clients/servers/official.mjs</c>).</summary>
public sealed class OfficialServer : IComparedServer, IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Observations<string>> _reasons = new();
    private ChildProcess? _process;
    private Task _reading = Task.CompletedTask;

    public Uri Url { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await NodePackages.RequireAsync();
        _process = ChildProcess.Start("the original server", "node", ["servers/official.mjs"], NodePackages.Directory);
        Url = new Uri((await _process.NextAsync("listening")).GetProperty("url").GetString()!);
        _reading = ReadAsync();
    }

    public Task<string> EndOfAsync(string tag) => Of(tag).NextAsync("the reason the original server gives");

    public Task AnsweredAsync(string tag) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        await _reading;
    }

    private Observations<string> Of(string tag) => _reasons.GetOrAdd(tag, _ => new());

    private async Task ReadAsync()
    {
        await foreach (var report in _process!.Reports)
        {
            if (report.GetProperty("nsp").GetString() != "/") continue;
            Of(report.GetProperty("tag").GetString()!).Add(report.GetProperty("reason").GetString()!);
        }
    }
}
