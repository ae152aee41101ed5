using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Stork.Queues.Bench.Peers.Services;

/// <summary>
/// A server that this tool starts and ends, on a loopback port and a directory of its own. It runs under <c>timeout</c>,
/// which passes on signals and ends it with all its children even if this tool is killed.
/// </summary>
internal sealed partial class ServiceProcess : IAsyncDisposable
{
    private const int LinesKept = 20;
    private const double ClockTicksPerSecond = 100;
    private static readonly TimeSpan s_longestLife = TimeSpan.FromMinutes(9);
    private static readonly TimeSpan s_killAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly string _name;
    private readonly EndSignal _end;
    private readonly PosixSignalRegistration[] _signals;
    private readonly Queue<string> _lastLines = new();

    private ServiceProcess(Process process, string name, EndSignal end)
    {
        _process = process;
        _name = name;
        _end = end;
        // A tool that is interrupted must not leave its servers behind; the signal then takes its usual course.
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, _ => Signal(process.Id, end)))];
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Processor time of the server with its children, those that ended included.</summary>
    public TimeSpan ProcessorTime => TimeOf(_process.Id, Children());

    /// <summary>The core that servers keep to which are started from now on; null: they may use all.</summary>
    public static int? Core { get; set; }

    /// <param name="directory">Where it runs.</param>
    /// <param name="command">A program and its arguments.</param>
    /// <param name="end">What ends it.</param>
    /// <param name="environment">Variables besides the inherited ones.</param>
    public static ServiceProcess Start(
        string directory,
        IReadOnlyList<string> command,
        EndSignal end = EndSignal.Terminate,
        params IEnumerable<(string Name, string Value)> environment)
    {
        var longest = s_longestLife.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        string[] bounds = [$"--kill-after={s_killAfter.TotalSeconds}", $"--signal={(int)end}", longest];
        string[] pinning = Core is { } core ? ["taskset", "-c", core.ToString(CultureInfo.InvariantCulture)] : [];
        string[] all = [.. pinning, "timeout", .. bounds, .. command];
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new ServiceProcess(Process.Start(start)!, Path.GetFileName(command[0]), end);
    }

    /// <summary>Returns when the server accepts connections on a port of 127.0.0.1.</summary>
    public async Task AcceptsAsync(int port)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await TryConnectAsync(port))
        {
            if (_process.HasExited) throw new BenchmarkException($"{_name} ended with code {_process.ExitCode}: {LastLines()}");
            if (Stopwatch.GetElapsedTime(started) > s_startPatience)
                throw new BenchmarkException($"{_name} does not listen on port {port}: {LastLines()}");
            await Task.Delay(s_pause, TimeProvider.System);
        }
    }

    /// <summary>What the server wrote last, to explain a failure.</summary>
    public string LastLines()
    {
        lock (_lastLines) return string.Join('\n', _lastLines);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var signal in _signals) signal.Dispose();
        // timeout passes it on, and kills what is still there after its grace.
        if (!_process.HasExited) Signal(_process.Id, _end);
        await _process.WaitForExitAsync().WaitAsync(s_killAfter * 2, TimeProvider.System);
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);

    /// <summary>A failure says that the process is gone already.</summary>
    private static void Signal(int process, EndSignal end) => _ = Kill(process, (int)end);

    private static async Task<bool> TryConnectAsync(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Who has which children, from <c>/proc</c>.</summary>
    private static ILookup<int, int> Children() =>
        Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(static name => char.IsAsciiDigit(name![0])).Select(static name => int.Parse(name!, CultureInfo.InvariantCulture))
            .ToLookup(static id => Fields(id) is [_, var parent, ..] ? int.Parse(parent, CultureInfo.InvariantCulture) : 0);

    private static TimeSpan TimeOf(int process, ILookup<int, int> children)
    {
        // utime, stime, cutime and cstime: fields 14 to 17 of /proc/<pid>/stat, counted from 1, of which the first two are cut off.
        var own = Fields(process) is { Length: > 15 } fields
            ? fields[11..15].Sum(static field => double.Parse(field, CultureInfo.InvariantCulture))
            : 0;
        return TimeSpan.FromSeconds(own / ClockTicksPerSecond)
            + children[process].Aggregate(TimeSpan.Zero, (sum, child) => sum + TimeOf(child, children));
    }

    /// <summary>The fields behind the name, which may contain anything; none if the process is gone.</summary>
    private static string[] Fields(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lastLines)
        {
            if (_lastLines.Count == LinesKept) _lastLines.Dequeue();
            _lastLines.Enqueue(line);
        }
    }
}
