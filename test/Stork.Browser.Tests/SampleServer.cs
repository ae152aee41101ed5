using System.Diagnostics;
using System.Text;

namespace Stork.Browser.Tests;

/// <summary>A sample as a process on a port of its own, with a directory for its data.</summary>
internal sealed class SampleServer : IAsyncDisposable
{
    private const string ReadyLine = "Application started";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string _program;
    private readonly string[] _arguments;
    private readonly string _data;
    private readonly string _workingDirectory;
    private readonly bool _ownsData;
    private Process? _process;

    private SampleServer(string program, string[] arguments, string? data = null, string? workingDirectory = null)
    {
        _program = program;
        _ownsData = data is null;
        _data = data ?? Directory.CreateTempSubdirectory("stork-sample-data-").FullName;
        // Some other directory, where nothing is said: the program must not need anything beside it.
        _workingDirectory = workingDirectory ?? Path.GetTempPath();
        _arguments = [.. arguments, "--urls", $"http://localhost:{Port}", "--data", _data];
    }

    public int Port { get; } = FreePort.Find();

    public Uri Address => new($"http://localhost:{Port}/");

    public static async Task<SampleServer> StartAsync()
    {
        var server = new SampleServer("dotnet", [Sample.Assembly]);
        await server.RunAsync();
        return server;
    }

    /// <param name="data">The directory for its data, which outlives the process.</param>
    public static async Task<SampleServer> StartWorkersAsync(string data)
    {
        var server = new SampleServer("dotnet", [Sample.Workers], data);
        await server.RunAsync();
        return server;
    }

    public static async Task<SampleServer> StartPublishedAsync(string program)
    {
        var server = new SampleServer(program, []);
        await server.RunAsync();
        return server;
    }

    /// <param name="assembly">What was built from a project of its own.</param>
    /// <param name="directory">The project's directory.</param>
    public static async Task<SampleServer> StartProjectAsync(string assembly, string directory)
    {
        var server = new SampleServer("dotnet", [assembly], workingDirectory: directory);
        await server.RunAsync();
        return server;
    }

    /// <summary>Starts the process, again after it was killed, on the same port and with the same data.</summary>
    public async Task RunAsync()
    {
        var start = new ProcessStartInfo(_program, _arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = _workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Killed, it would leave the sockets of its diagnostics in the temporary directory.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var output = new StringBuilder();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Read(string? line)
        {
            if (line is null) return;
            lock (output) output.AppendLine(line);
            if (line.Contains(ReadyLine, StringComparison.Ordinal)) ready.TrySetResult();
        }

        process.OutputDataReceived += (_, received) => Read(received.Data);
        process.ErrorDataReceived += (_, received) => Read(received.Data);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("The sample ended before it served anything."));
        process.Start();
        _process = process;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await ready.Task.WaitAsync(StartTimeout);
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            await KillAsync();
            lock (output)
            {
                var waited = $"Waited {StartTimeout.TotalSeconds} s for \"{ReadyLine}\" of {_program}";
                throw new InvalidOperationException($"{waited}; it wrote:\n{output}", exception);
            }
        }
    }

    /// <summary>Ends the process as a crash would: it can say goodbye to nobody.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        await process.WaitForExitAsync();
        process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_ownsData) Directory.Delete(_data, recursive: true);
    }
}
