using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Stork.Bench.Load;

namespace Stork.Bench.Peers;

/// <summary>A server under test: a child process on its own core, ended when disposed.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int LinesKept = 20;
    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_connectPause = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly Peer _peer;
    private readonly PosixSignalRegistration[] _signals;
    private readonly Queue<string> _lastLines = new();

    private ServerProcess(Process process, Peer peer, int port, long startedAt)
    {
        StartedAt = startedAt;
        _process = process;
        _peer = peer;
        Port = port;
        // A tool that is interrupted or terminated must not leave its server behind; the signal then takes its usual course.
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, _ => process.Kill()))];
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Port { get; }

    public int Id => _process.Id;

    public Dialect Dialect => Dialect.Find(_peer.Dialect);

    /// <summary>When its process was started, as a timestamp.</summary>
    public long StartedAt { get; }

    /// <summary>Starts the server on these cores and returns when it accepts connections.</summary>
    public static ServerProcess Start(Peer peer, string folder, params IEnumerable<int> cores)
    {
        var port = Machine.FreePort();
        // taskset replaces itself by the server, so the process id is the server's and it sees its cores only from its first instruction.
        var start = new ProcessStartInfo("taskset")
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(string.Join(',', cores));
        foreach (var part in peer.Command)
            start.ArgumentList.Add(part.Replace("{port}", port.ToString(), StringComparison.Ordinal));
        foreach (var (name, value) in peer.Environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var startedAt = Stopwatch.GetTimestamp();
        var server = new ServerProcess(Process.Start(start)!, peer, port, startedAt);
        try
        {
            server.WaitUntilItListens();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>What the server wrote last, to explain a failed run.</summary>
    public string LastLines()
    {
        lock (_lastLines)
            return string.Join('\n', _lastLines);
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void WaitUntilItListens()
    {
        var started = Stopwatch.GetTimestamp();
        while (!Accepts())
        {
            if (_process.WaitForExit(s_connectPause))
                throw new BenchmarkException($"{_peer.Name} ended with code {_process.ExitCode}: {LastLines()}");
            if (Stopwatch.GetElapsedTime(started) > s_startPatience)
                throw new BenchmarkException($"{_peer.Name} does not listen on port {Port} after {s_startPatience}: {LastLines()}");
        }
    }

    private bool Accepts()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_lastLines)
        {
            if (_lastLines.Count == LinesKept)
                _lastLines.Dequeue();
            _lastLines.Enqueue(line);
        }
    }
}
