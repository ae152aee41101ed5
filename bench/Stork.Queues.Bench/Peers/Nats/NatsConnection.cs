using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Stork.Queues.Bench.Peers.Nats;

/// <summary>What the server delivered: to which subscription, where an answer goes, what is in it. Valid during the call only.</summary>
internal delegate void NatsHandler(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> payload);

/// <summary>
/// A connection in the NATS text protocol: publishes are collected and leave in one write, a loop hands what comes in to the handler of its
/// subscription.
/// </summary>
internal sealed class NatsConnection : IDisposable
{
    private const int InitialBuffer = 256 << 10;
    private const int MaxPayload = 8 << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly Dictionary<int, NatsHandler> _handlers = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _filling = new(InitialBuffer);
    private ArrayBufferWriter<byte> _leaving = new(InitialBuffer);
    private byte[] _received = new byte[InitialBuffer];
    private int _end;
    private TaskCompletionSource<string>? _answer;
    private int _subscriptions;

    private NatsConnection(Socket socket) => _socket = socket;

    /// <summary>Faults when the connection fails; never ends otherwise.</summary>
    public Task Reading { get; private set; } = Task.CompletedTask;

    /// <summary>Called when all that one read brought is handled.</summary>
    public Action? Drained { get; set; }

    public static async Task<NatsConnection> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var connection = new NatsConnection(socket);
        connection.Reading = Task.Run(connection.ReadAsync);
        connection.Write("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\n"u8);
        connection.Subscribe("_INBOX.api", (_, _, payload) => connection._answer?.TrySetResult(Encoding.UTF8.GetString(payload)));
        await connection.FlushAsync();
        return connection;
    }

    public void Subscribe(string subject, NatsHandler handler)
    {
        var id = ++_subscriptions;
        lock (_gate) _handlers[id] = handler;
        Write(Encoding.ASCII.GetBytes($"SUB {subject} {id}\r\n"));
    }

    /// <summary>Collects a publish; <see cref="FlushAsync"/> sends it.</summary>
    public void Publish(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> payload)
    {
        using var entered = _gate.EnterScope();
        var head = _filling.GetSpan(subject.Length + reply.Length + payload.Length + 32);
        "PUB "u8.CopyTo(head);
        var at = 4;
        subject.CopyTo(head[at..]);
        at += subject.Length;
        head[at++] = (byte)' ';
        if (!reply.IsEmpty)
        {
            reply.CopyTo(head[at..]);
            at += reply.Length;
            head[at++] = (byte)' ';
        }

        Utf8Formatter.TryFormat(payload.Length, head[at..], out var digits);
        at += digits;
        "\r\n"u8.CopyTo(head[at..]);
        at += 2;
        payload.CopyTo(head[at..]);
        at += payload.Length;
        "\r\n"u8.CopyTo(head[at..]);
        _filling.Advance(at + 2);
    }

    public async Task FlushAsync()
    {
        await _writing.WaitAsync(_ending.Token);
        try
        {
            lock (_gate) (_filling, _leaving) = (_leaving, _filling);
            for (var rest = _leaving.WrittenMemory; rest.Length > 0;) rest = rest[await _socket.SendAsync(rest, _ending.Token)..];
            _leaving.ResetWrittenCount();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Asks the JetStream API and returns its answer; one question at a time.</summary>
    public async Task<JsonElement> AskAsync(string subject, string question)
    {
        _answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Publish(Encoding.ASCII.GetBytes(subject), "_INBOX.api"u8, Encoding.UTF8.GetBytes(question));
        await FlushAsync();
        var first = await Task.WhenAny(_answer.Task, Reading).WaitAsync(s_patience, TimeProvider.System);
        if (first == Reading) await Reading;
        using var document = JsonDocument.Parse(await _answer.Task);
        var answer = document.RootElement.Clone();
        return answer.TryGetProperty("error", out var error) ? throw new BenchmarkException($"NATS, {subject}: {error}") : answer;
    }

    public void Dispose()
    {
        _ending.Cancel();
        _socket.Dispose();
        _ending.Dispose();
        _writing.Dispose();
    }

    private void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate) _filling.Write(line);
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            if (_end == _received.Length) Array.Resize(ref _received, _received.Length * 2);
            var count = await _socket.ReceiveAsync(_received.AsMemory(_end), _ending.Token);
            if (count == 0) throw new BenchmarkException("NATS closed the connection");
            _end += count;
            var used = 0;
            while (TryTake(_received.AsSpan(used, _end - used), out var length)) used += length;
            _received.AsSpan(used, _end - used).CopyTo(_received);
            _end -= used;
            Drained?.Invoke();
            if (_end > MaxPayload) throw new BenchmarkException("a message of NATS is larger than expected");
        }
    }

    /// <summary>Handles one protocol message if it is there whole.</summary>
    private bool TryTake(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        var end = bytes.IndexOf((byte)'\n');
        if (end < 0) return false;
        var line = bytes[..(end - 1)];
        length = end + 1;
        if (line.StartsWith("MSG "u8)) return TryDeliver(line[4..], bytes[length..], ref length);
        if (line.StartsWith("-ERR"u8)) throw new BenchmarkException("NATS: " + Encoding.UTF8.GetString(line));
        if (line.SequenceEqual("PING"u8))
        {
            Write("PONG\r\n"u8);
            _ = FlushAsync();
        }

        return true;
    }

    /// <summary><c>subject id [reply] size</c>, then so many bytes and CR LF.</summary>
    private bool TryDeliver(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest, ref int length)
    {
        Span<Range> words = stackalloc Range[4];
        var count = 0;
        foreach (var word in head.Split((byte)' ')) words[count++] = word;
        if (!Utf8Parser.TryParse(head[words[1]], out int id, out _) || !Utf8Parser.TryParse(head[words[count - 1]], out int size, out _))
            throw new BenchmarkException("NATS sent no number where one was due");
        if (rest.Length < size + 2) return false;
        length += size + 2;
        NatsHandler? handler;
        lock (_gate) _handlers.TryGetValue(id, out handler);
        handler?.Invoke(head[words[0]], count == 4 ? head[words[2]] : default, rest[..size]);
        return true;
    }
}
