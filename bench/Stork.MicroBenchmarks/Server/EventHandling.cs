using BenchmarkDotNet.Attributes;

namespace Stork.MicroBenchmarks.Server;

/// <summary>The whole way of an event: frame, packet, arguments, handler, and for some the acknowledgement back
/// to a written frame.</summary>
[MemoryDiagnoser]
public class EventHandling
{
    private static readonly string s_text = new('a', 64);
    private static readonly byte[] s_event = ClientFrame.Text($"42[\"note\",\"{s_text}\",4711]");
    private static readonly byte[] s_echo = ClientFrame.Text($"4217[\"echo\",\"{s_text}\"]");
    private static readonly byte[] s_binaryEcho =
    [
        .. ClientFrame.Text("451-17[\"binary\",{\"_placeholder\":true,\"num\":0}]"), .. ClientFrame.Binary(new byte[Kilobyte]),
    ];

    private static readonly byte[] s_echoes = [.. Enumerable.Repeat(s_echo, EchoesAtOnce).SelectMany(static frame => frame)];

    private const int EchoesAtOnce = 32;
    private const int Kilobyte = 1024;

    private InMemoryApp _app = null!;
    private InMemoryConnection _client = null!;
    private long _handled;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _app = await InMemoryApp.StartAsync();
        _app.IO.OnConnection(socket =>
        {
            socket.On("note", (string text, int number) => _handled += text.Length + number);
            socket.On("echo", (string text) => text);
            socket.On("binary", (byte[] bytes) => bytes);
        });
        _client = _app.Connect();
    }

    /// <summary>Two arguments, nothing goes back.</summary>
    [Benchmark]
    public long Handle()
    {
        _client.Send(s_event);
        return _handled;
    }

    [Benchmark]
    public int HandleAndAcknowledge() => SendAndCountWrites(s_echo);

    /// <summary>A kilobyte each way: what remains is the handler's own array, and what keeps the text until the bytes are there.</summary>
    [Benchmark, AllocatesAtMost(Kilobyte + 400)]
    public int HandleAndAcknowledgeBinary() => SendAndCountWrites(s_binaryEcho);

    /// <summary>Events that come with one read, whose answers leave with one write.</summary>
    [Benchmark(OperationsPerInvoke = EchoesAtOnce)]
    public int HandleAndAcknowledgeManyAtOnce() => SendAndCountWrites(s_echoes);

    [GlobalCleanup]
    public async Task CleanupAsync() => await _app.DisposeAsync();

    private int SendAndCountWrites(byte[] frames)
    {
        var before = _client.Writes;
        _client.Send(frames);
        return _client.Writes > before ? _client.Writes : throw new InvalidOperationException("Nothing was answered.");
    }
}
