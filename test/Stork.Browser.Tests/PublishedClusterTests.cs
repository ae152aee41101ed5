using System.Diagnostics;
using System.Net;

namespace Stork.Browser.Tests;

/// <summary>What speaks to others over Redis, published trimmed: a server of the sample, and a console program that emits.</summary>
public sealed class PublishedClusterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("stork-trimmed-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Trimmed_server_and_emitter_are_published_without_a_warning_and_work()
    {
        Assert.SkipUnless(RunningCluster.IsThere("redis-server"), "Needs redis-server.");
        var (server, emitter) = (Path.Combine(_directory, "server"), Path.Combine(_directory, "emitter"));
        await PublishAsync(Sample.ClusterServer, server);
        await PublishAsync(Sample.EmitterHost, emitter);
        var redis = $"{FreePort.Find()}";
        using var bus = Start("redis-server", "--port", redis, "--bind", "127.0.0.1", "--dir", _directory, "--save", "");
        var address = new Uri($"http://127.0.0.1:{FreePort.Find()}/");
        using var serving = Start(Path.Combine(server, "ClusterServer"), "--urls", $"{address}", "--redis", $"127.0.0.1:{redis}");
        try
        {
            await UntilHealthyAsync(address);
            using var client = new PollingClient(address);
            await client.IntroduceAsync("Ann", "lobby");
            (await client.ReceiveAsync("welcome")).GetProperty("server").GetString().ShouldBe("Stork");

            using var emitting = Start(Path.Combine(emitter, "emitter-host"), $"127.0.0.1:{redis}", "socket.io");
            await emitting.WaitForExitAsync().WaitAsync(Patience);

            emitting.ExitCode.ShouldBe(0);
            await client.ReceiveAsync("emitted");
            (await client.ReceiveAttachmentAsync()).ShouldBe([1, 2, 3]);
        }
        finally
        {
            serving.Kill();
            bus.Kill();
            await Task.WhenAll(serving.WaitForExitAsync(), bus.WaitForExitAsync());
        }
    }

    private static async Task PublishAsync(string project, string directory)
    {
        var (output, lack) = await TrimmedPublish.RunAsync(project, directory);
        Assert.SkipWhen(lack is not null, $"Needs the runtime pack: {lack}");
        output.ShouldNotContain("warning");
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        var process = Process.Start(start)!;
        // Nobody reads it; but it must not fill the pipe.
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>Healthy, it has found its Redis.</summary>
    private static async Task UntilHealthyAsync(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            try
            {
                using var health = await http.GetAsync(new Uri("health", UriKind.Relative));
                if (health.StatusCode == HttpStatusCode.OK && await health.Content.ReadAsStringAsync() == "Healthy") return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        throw new TimeoutException($"Waited {Patience.TotalSeconds} s for the server to be healthy.");
    }
}
