using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.WorkQueues;

/// <summary>Workers as processes, each with a log of its own in the server's directory.</summary>
internal sealed class Workforce : IAsyncDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);

    private readonly Uri _url;
    private readonly string _directory;
    private readonly List<(ChildProcess Process, Func<string, (string Program, string[] Arguments)> Start)> _workers = [];
    private readonly List<string> _logs = [];

    private Workforce(Uri url, string directory)
    {
        _url = url;
        _directory = directory;
        _logs.Add(Path.Combine(directory, "log.txt"));
    }

    /// <summary>Of the server and of every worker there ever was.</summary>
    public IReadOnlyList<string> Logs => _logs;

    public static async Task<Workforce> StartAsync(Uri url, string directory)
    {
        var workers = new Workforce(url, directory);
        await workers.AddAsync(log => ("node", ["work.mjs", url.ToString(), log]));
        await workers.AddAsync(log => ("node", ["work.mjs", url.ToString(), log, "ann"]));
        await workers.AddAsync(log => (PythonClientTests.Python, ["python/work.py", url.ToString(), log]));
        return workers;
    }

    /// <summary>Waits until so many more jobs were given or ended, by whomever.</summary>
    public async Task ProgressAsync(int lines)
    {
        var goal = Lines() + lines;
        await Reached().Within($"{lines} more lines in the logs of {_directory}");

        async Task Reached()
        {
            while (Lines() < goal) await Task.Delay(Glance, TimeProvider.System);
        }
    }

    /// <summary>Nobody may have gone by himself.</summary>
    public void CheckRunning() => _workers.ShouldAllBe(worker => worker.Process.IsRunning);

    /// <summary>Stops one where it is.</summary>
    public async Task<ChildProcess> StopOneAsync(Random random)
    {
        var worker = _workers[random.Next(_workers.Count)].Process;
        await worker.StopAsync();
        return worker;
    }

    /// <summary>kill -9 for one, and another of its kind takes its place.</summary>
    public async Task KillOneAsync(Random random)
    {
        var (process, start) = _workers[random.Next(_workers.Count)];
        _workers.RemoveAll(worker => worker.Process == process);
        await process.DisposeAsync();
        await AddAsync(start);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, _) in _workers) await process.DisposeAsync();
    }

    private async Task AddAsync(Func<string, (string Program, string[] Arguments)> start)
    {
        var log = Path.Combine(_directory, $"worker-{_logs.Count}.txt");
        _logs.Add(log);
        var (program, arguments) = start(log);
        var process = ChildProcess.Start($"worker {_logs.Count - 1} at {_url}", program, arguments, NodePackages.Directory);
        _workers.Add((process, start));
        await process.NextAsync("working");
    }

    private int Lines() => _logs.Where(File.Exists).Sum(static log => File.ReadLines(log).Count());
}
