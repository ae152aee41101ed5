using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Stork.Interop.Tests.Network;

namespace Stork.Redis.Tests.Servers;

/// <summary>A Redis of a test's own: a process on a free port of the loopback, with a folder of its own, which keeps nothing.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly string? Program = Find("redis-server");

    private readonly string _folder = Directory.CreateTempSubdirectory("stork-redis-").FullName;
    private readonly List<string> _more;
    private Process? _process;

    private RedisServer(IEnumerable<string> more) => _more = [.. more];

    public int Port { get; } = FreePort.Find();

    public string Configuration => $"127.0.0.1:{Port}";

    public string Url => $"redis://127.0.0.1:{Port}";

    /// <summary>Skips the test, with the reason, where there is no Redis.</summary>
    public static async Task<RedisServer> StartAsync(params string[] settings)
    {
        var server = Prepare(settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>One that does not run yet; its port is known.</summary>
    public static RedisServer Prepare(params string[] settings)
    {
        Assert.SkipWhen(Program is null, "Needs redis-server.");
        return new RedisServer(settings);
    }

    public static Process Launch(params string[] arguments)
    {
        var start = new ProcessStartInfo(Program!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var process = Process.Start(start)!;
        // Nobody reads what it says; but it must not fill the pipes.
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public async Task StartAgainAsync()
    {
        string[] arguments = ["--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder, "--save", "", "--appendonly", "no", .. _more];
        _process = Launch(arguments);
        await Waiting.Until(Listens, $"Redis listened on port {Port}");
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync().Within("the end of Redis");
    }

    /// <summary>Has it do a command.</summary>
    public Task<string> AskAsync(string command) => AskAsync(Port, command);

    /// <summary>Has the Redis or the Sentinel on a port do a command.</summary>
    /// <returns>The answer as it came over the network; empty if nobody listens.</returns>
    public static async Task<string> AskAsync(int port, string command)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync("127.0.0.1", port).Within("Redis to listen");
        }
        catch (SocketException)
        {
            return "";
        }

        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{command}\r\n"));
        // When it has answered it hangs up as well.
        socket.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync().Within(command);
    }

    /// <summary>Stops it where it is; connections stay, and nobody answers.</summary>
    public Task SuspendAsync() => SignalAsync("-STOP");

    public Task ResumeAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await KillAsync();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private bool Listens()
    {
        _process!.HasExited.ShouldBeFalse("Redis runs");
        using var socket = new TcpClient();
        try
        {
            socket.Connect("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{_process!.Id}"]);
        await kill.WaitForExitAsync().Within(signal);
    }
}
