using Stork.Interop.Tests;
using Stork.Interop.Tests.Processes;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Recovery;

/// <summary>One of our servers, whose clients recover on any, in a process of its own.</summary>
internal sealed class RecoveringProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private RecoveringProcess(ChildProcess process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    public static async Task<RecoveringProcess> StartAsync(RedisServer redis, string prefix)
    {
        var process = ChildProcess.Start("recovery-host", "dotnet", [AssemblyMetadata.Get("RecoveryHost"), redis.Configuration, prefix]);
        return new RecoveringProcess(process, new Uri((await process.NextAsync("listening")).GetProperty("url").GetString()!));
    }

    /// <summary>kill -9: it tells nobody.</summary>
    public ValueTask KillAsync() => _process.DisposeAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
