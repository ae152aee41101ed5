using BenchmarkDotNet.Attributes;

namespace Stork.MicroBenchmarks.Server;

/// <summary>An event from the server's code to written frames: to one socket, and to all.</summary>
[MemoryDiagnoser]
public class Emitting
{
    private static readonly string s_text = new('a', 64);

    private readonly List<Socket> _sockets = [];
    private InMemoryApp _app = null!;

    [Params(1, 100, 1000)]
    public int Sockets { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _app = await InMemoryApp.StartAsync();
        _app.IO.OnConnection(_sockets.Add);
        for (var i = 0; i < Sockets; i++) _app.Connect();
    }

    [Benchmark]
    public void Broadcast() => Complete(_app.IO.EmitAsync("news", s_text));

    [Benchmark]
    public void EmitToEach()
    {
        foreach (var socket in _sockets) Complete(socket.EmitAsync("news", s_text));
    }

    [GlobalCleanup]
    public async Task CleanupAsync() => await _app.DisposeAsync();

    private static void Complete(ValueTask emitted)
    {
        if (!emitted.IsCompletedSuccessfully)
            throw new InvalidOperationException("An emit to clients that read at once has nothing to wait for.");
    }
}
