using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Stork.Browser.Tests;

/// <summary>The sample of several servers, started by its one command.</summary>
internal sealed partial class RunningCluster : IAsyncDisposable
{
    private const int Ports = 6;
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);
    private static readonly string[] Programs = ["bash", "redis-server", "nginx", "node", "npm"];

    private readonly Process _process;
    private readonly int _port;
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<string, int> _processes = new(StringComparer.Ordinal);
    private readonly StringBuilder _output = new();

    private RunningCluster(Process process, int port)
    {
        _process = process;
        _port = port;
    }

    public Uri Address => new($"http://localhost:{_port}/");

    /// <summary>Starts all, or skips the test and says why.</summary>
    public static async Task<RunningCluster> StartAsync()
    {
        var missing = Programs.Where(static program => !IsThere(program)).ToList();
        Assert.SkipUnless(missing.Count == 0, $"Needs {string.Join(" and ", missing)}.");
        var lack = await NpmPackages.InstallAsync(Path.Combine(Sample.Cluster, "node"));
        Assert.SkipWhen(lack is not null, $"Needs the npm packages of {Sample.Cluster}: {lack}");
        var port = FreePort.Find(Ports);
        var start = new ProcessStartInfo(Path.Combine(Sample.Cluster, "run.sh"), [$"{port}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CONFIGURATION"] = Sample.Configuration;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("MSBUILD", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        var cluster = new RunningCluster(Process.Start(start)!, port);
        await cluster.ReadUntilStartedAsync();
        return cluster;
    }

    /// <summary>Whether a program is installed.</summary>
    public static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/usr/local/sbin").Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>The value of the cookie by which nginx sends a browser to a server.</summary>
    /// <param name="server">What the command calls it.</param>
    public async Task<string> FindRouteAsync(string server)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Address };
        for (var route = 0; route < 1000; route++)
        {
            using var handshake = new HttpRequestMessage(HttpMethod.Get, "socket.io/?EIO=4&transport=polling");
            handshake.Headers.Add("Cookie", $"route={route}");
            using var answer = await http.SendAsync(handshake);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            var address = IPEndPoint.Parse(answer.Headers.GetValues("X-Upstream").Single());
            if (_names[address.Port] == server) return $"{route}";
        }

        throw new InvalidOperationException($"No cookie leads to {server}.");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync(string server)
    {
        using var process = Process.GetProcessById(_processes[server]);
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>As Ctrl+C does; the command ends what it has started.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var end = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await end.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(StartTimeout);
        _process.Dispose();
    }

    [GeneratedRegex(@"^(?<name>\S+) +port (?<port>\d+), process (?<process>\d+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Started();

    private async Task ReadUntilStartedAsync()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, received) => Read(received.Data, started);
        _process.ErrorDataReceived += (_, received) => Read(received.Data, started);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var ended = _process.WaitForExitAsync();
        await Task.WhenAny(started.Task, ended).WaitAsync(StartTimeout);
        if (started.Task.IsCompletedSuccessfully) return;
        await ended;
        lock (_output) throw new InvalidOperationException($"The cluster did not start:\n{_output}");
    }

    private void Read(string? line, TaskCompletionSource started)
    {
        if (line is null) return;
        lock (_output)
        {
            _output.AppendLine(line);
            if (Started().Match(line) is { Success: true } match)
            {
                _names[Number(match, "port")] = match.Groups["name"].Value;
                _processes[match.Groups["name"].Value] = Number(match, "process");
            }
        }

        if (line.StartsWith("Open http", StringComparison.Ordinal)) started.TrySetResult();
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}
