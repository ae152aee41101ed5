using System.Diagnostics;
using System.Text;

namespace Stork.Browser.Tests;

/// <summary>The sample's worker for Node.js, as a process.</summary>
internal sealed class NodeWorker : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Task<string?> Installation = NpmPackages.InstallAsync(Sample.NodeWorker);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private NodeWorker(Process process) => _process = process;

    /// <summary>Skips the test, with the reason, where the worker's package cannot be had.</summary>
    public static async Task RequireAsync()
    {
        var lack = await Installation;
        Assert.SkipWhen(lack is not null, $"Needs Node.js and the package of {Sample.NodeWorker}: {lack}");
    }

    /// <summary>Starts a worker and waits until it takes documents, or has said why not.</summary>
    public static async Task<NodeWorker> StartAsync(Uri server, string key, string name, string until = "takes documents")
    {
        var start = Start("node", "worker.js", "--urls", server.ToString(), "--key", key, "--name", name);
        var worker = new NodeWorker(new Process { StartInfo = start });
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Read(string? line)
        {
            lock (worker._output) worker._output.AppendLine(line);
            if (line?.Contains(until, StringComparison.Ordinal) == true) ready.TrySetResult();
        }

        worker._process.OutputDataReceived += (_, received) => Read(received.Data);
        worker._process.ErrorDataReceived += (_, received) => Read(received.Data);
        worker._process.Start();
        worker._process.BeginOutputReadLine();
        worker._process.BeginErrorReadLine();
        try
        {
            await ready.Task.WaitAsync(Patience);
            return worker;
        }
        catch (TimeoutException late)
        {
            await worker.DisposeAsync();
            throw new TimeoutException(
                $"Waited {Patience.TotalSeconds} s for \"{until}\" of the worker {name}; it wrote:\n{worker._output}", late);
        }
    }

    /// <summary>kill -9.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    private static ProcessStartInfo Start(string program, params string[] arguments) => new(program, arguments)
    {
        WorkingDirectory = Sample.NodeWorker,
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}
