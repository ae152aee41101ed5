using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Stork.Queues.Bench.Peers.Redis;

/// <summary>
/// A pipelined Redis connection: commands are collected, leave in one write, and their replies come back in order. One user at a time.
/// </summary>
internal sealed class RespConnection : IDisposable
{
    private const int InitialBuffer = 256 << 10;
    private const int MaxReplyBytes = 64 << 20;

    private readonly Socket _socket;
    private readonly ArrayBufferWriter<byte> _commands = new(InitialBuffer);
    private byte[] _received = new byte[InitialBuffer];
    private int _start;
    private int _end;

    private RespConnection(Socket socket) => _socket = socket;

    public static async Task<RespConnection> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RespConnection(socket);
    }

    /// <summary>Begins a command of that many parts, its name included; <see cref="Part(ReadOnlySpan{byte})"/> follows for each.</summary>
    public void Command(int parts) => Length((byte)'*', parts);

    public void Part(ReadOnlySpan<byte> value)
    {
        Length((byte)'$', value.Length);
        _commands.Write(value);
        _commands.Write("\r\n"u8);
    }

    public void Part(string value) => Part(Encoding.ASCII.GetBytes(value));

    public void Part(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out var written);
        Part(digits[..written]);
    }

    /// <summary>A command made of the words of a line.</summary>
    public void Line(string line)
    {
        var words = line.Split(' ');
        Command(words.Length);
        foreach (var word in words) Part(word);
    }

    /// <summary>Bytes that are whole commands already.</summary>
    public void Raw(ReadOnlySpan<byte> commands) => _commands.Write(commands);

    public async ValueTask FlushAsync()
    {
        for (var rest = _commands.WrittenMemory; rest.Length > 0;)
            rest = rest[await _socket.SendAsync(rest)..];
        _commands.ResetWrittenCount();
    }

    /// <summary>The bytes of the next whole replies, valid until the next call. An error reply is an exception.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(int replies)
    {
        var position = _start;
        for (var complete = 0; complete < replies;)
        {
            var reader = new RespReader(_received.AsSpan(0, _end), position);
            if (reader.TrySkip())
            {
                position = reader.Position;
                complete++;
                continue;
            }

            position -= await FillAsync();
        }

        var all = _received.AsMemory(_start, position - _start);
        _start = position;
        return all;
    }

    public async Task RunAsync(string line)
    {
        Line(line);
        await FlushAsync();
        await ReadAsync(1);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Receives more and returns by how much what is unread moved towards the buffer's beginning.</summary>
    private async ValueTask<int> FillAsync()
    {
        var moved = 0;
        if (_received.Length - _end < _received.Length / 4)
        {
            moved = _start;
            var unread = _received.AsSpan(_start, _end - _start);
            if (unread.Length > MaxReplyBytes) throw new BenchmarkException("a reply of Redis is larger than expected");
            var target = unread.Length > _received.Length / 2 ? new byte[_received.Length * 2] : _received;
            unread.CopyTo(target);
            _received = target;
            _end -= moved;
            _start = 0;
        }

        var count = await _socket.ReceiveAsync(_received.AsMemory(_end));
        if (count == 0) throw new BenchmarkException("Redis closed the connection");
        _end += count;
        return moved;
    }

    private void Length(byte kind, int length)
    {
        var target = _commands.GetSpan(16);
        target[0] = kind;
        Utf8Formatter.TryFormat(length, target[1..], out var written);
        "\r\n"u8.CopyTo(target[(written + 1)..]);
        _commands.Advance(written + 3);
    }
}
