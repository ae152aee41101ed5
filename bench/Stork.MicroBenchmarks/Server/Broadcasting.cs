using BenchmarkDotNet.Attributes;

namespace Stork.MicroBenchmarks.Server;

/// <summary>A client's event that the server passes on to all: everything leaves at the end of the batch it was read in.</summary>
[MemoryDiagnoser]
public class Broadcasting
{
    private static readonly byte[] s_publish = ClientFrame.Text($"42[\"publish\",\"{new string('a', 64)}\"]");
    private static readonly byte[] s_twice = [.. s_publish, .. s_publish];

    private readonly List<InMemoryConnection> _clients = [];
    private InMemoryApp _app = null!;

    [Params(1, 200, 1000)]
    public int Sockets { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _app = await InMemoryApp.StartAsync();
        _app.IO.OnConnection(socket => socket.On("publish", (string text) => _app.IO.EmitAsync("news", text)));
        for (var i = 0; i < Sockets; i++) _clients.Add(_app.Connect());
    }

    [Benchmark]
    public long Publish() => SendAndCountBytes(s_publish);

    /// <summary>Each receiver gets both with one write.</summary>
    [Benchmark(OperationsPerInvoke = 2)]
    public long PublishTwiceAtOnce() => SendAndCountBytes(s_twice);

    [GlobalCleanup]
    public async Task CleanupAsync() => await _app.DisposeAsync();

    private long SendAndCountBytes(byte[] frames)
    {
        var before = _clients[^1].BytesWritten;
        _clients[0].Send(frames);
        var written = _clients[^1].BytesWritten - before;
        return written > 0 ? written : throw new InvalidOperationException("The last client got nothing.");
    }
}
