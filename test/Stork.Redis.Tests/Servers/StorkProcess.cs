using Stork.Interop.Tests;
using Stork.Interop.Tests.Processes;

namespace Stork.Redis.Tests.Servers;

/// <summary>One of our servers in a process of its own, which can be killed and stopped where it is.</summary>
internal sealed class StorkProcess : IAsyncDisposable
{
    private static readonly string Program = AssemblyMetadata.Get("ServerHost");

    private readonly ChildProcess _process;

    private StorkProcess(ChildProcess process, Uri url)
    {
        _process = process;
        Url = url;
    }

    public Uri Url { get; }

    public static async Task<StorkProcess> StartAsync(string redis, string prefix)
    {
        var process = ChildProcess.Start("server-host", "dotnet", [Program, redis, prefix]);
        var listening = await process.NextAsync("listening");
        return new StorkProcess(process, new Uri(listening.GetProperty("url").GetString()!));
    }

    /// <summary>kill -9: it tells nobody.</summary>
    public Task KillAsync() => _process.DisposeAsync().AsTask();

    /// <summary>Stops it where it is: its connections stay.</summary>
    public Task SuspendAsync() => _process.StopAsync();

    public Task ResumeAsync() => _process.ContinueAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
