using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using Stork.Protocol;

namespace Stork.Samples.Parcels;

/// <summary>
/// One connection of a Socket.IO client: events and acknowledgements, both ways, in the main namespace. There is not more to it than
/// this, and this is not everything: no long-polling, no binary data, no other namespaces, and no coming back, which
/// <see cref="OfficeClient"/> sees to with a new connection.
/// </summary>
/// <remarks>
/// On the wire each message is text: a digit of Engine.IO, and behind a 4 (message) a packet of Socket.IO, which begins with a digit of
/// its own.
/// <code>
/// ← 0{"sid":…,"pingInterval":25000,"pingTimeout":20000,…}     opened
/// → 40{"token":…}      ← 40{"sid":…} or 44{"message":…}       joining, with what the server finds as auth
/// ← 2                  → 3                                    heartbeat
/// → 421["take","…",7]  ← 431[{…}]                             an event that asks for acknowledgement 1, and the acknowledgement
/// </code>
/// </remarks>
internal sealed class SocketIOConnection : IDisposable
{
    private static readonly TimeSpan OpeningTime = TimeSpan.FromSeconds(5);

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly PacketDecoder _decoder = new(ProtocolLimits.Default);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _questions = new();
    private byte[] _buffer = new byte[4096];
    private TimeSpan _silence = OpeningTime;
    private long _lastQuestion;

    private SocketIOConnection()
    {
    }

    /// <summary>Opens a connection and joins.</summary>
    /// <exception cref="UnauthorizedAccessException">The server does not let this client in.</exception>
    public static async Task<SocketIOConnection> OpenAsync(Uri server, object auth)
    {
        var connection = new SocketIOConnection();
        try
        {
            var url = new UriBuilder(server) { Path = "/socket.io/", Query = "EIO=4&transport=websocket" };
            url.Scheme = url.Scheme == "https" ? "wss" : "ws";
            await connection.OpenAsync(url.Uri);
            await connection.JoinAsync(auth);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Hands out events in their order until the connection ends, which it does with an exception.</summary>
    /// <param name="onEvent">Gets the name, the arguments, and the id of the acknowledgement that is asked for, or -1.</param>
    public async Task RunAsync(Func<string, JsonElement[], long, Task> onEvent)
    {
        try
        {
            while (true)
            {
                var packet = await ReceiveAsync();
                var values = packet.Payload.IsEmpty ? [] : JsonElement.Parse(packet.Payload.Span).EnumerateArray().ToArray();
                if (packet.IsEvent) await onEvent(values[0].GetString()!, values[1..], packet.AckId);
                else if (packet.IsAck && _questions.TryRemove(packet.AckId, out var asked)) asked.TrySetResult(values.FirstOrDefault());
                else if (packet.Type == PacketType.Disconnect) throw new IOException("The server sent this client away.");
            }
        }
        finally
        {
            await _end.CancelAsync();
            foreach (var question in _questions.Values) question.TrySetException(new IOException("The connection has ended."));
        }
    }

    /// <summary>Sends an event and waits for its acknowledgement.</summary>
    /// <returns>The first argument of the acknowledgement.</returns>
    /// <exception cref="IOException">The connection is at its end; whether the event arrived is unknown.</exception>
    public async Task<JsonElement> AskAsync(string name, object[] arguments)
    {
        var id = Interlocked.Increment(ref _lastQuestion);
        var question = _questions[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_end.IsCancellationRequested) throw new IOException("The connection has ended.");
        object[] values = [name, .. arguments];
        await SendAsync(PacketType.Event, id, values);
        return await question.Task;
    }

    public Task AcknowledgeAsync(long id) => SendAsync(PacketType.Ack, id, Array.Empty<object>());

    public void Dispose()
    {
        _end.Cancel();
        _socket.Dispose();
        _sending.Dispose();
        _end.Dispose();
    }

    private async Task OpenAsync(Uri url)
    {
        using var limit = new CancellationTokenSource(OpeningTime);
        await _socket.ConnectAsync(url, limit.Token);
        var opened = await ReceiveEngineAsync();
        if (opened.Type != EnginePacketType.Open) throw new IOException("This is no server of Socket.IO.");
        var handshake = JsonElement.Parse(opened.Payload.Span);
        // The server sends a ping in each interval: if there is none, nobody is there any more, although nothing says so.
        var (interval, timeout) = (handshake.GetProperty("pingInterval").GetInt32(), handshake.GetProperty("pingTimeout").GetInt32());
        _silence = TimeSpan.FromMilliseconds(interval + timeout);
    }

    private async Task JoinAsync(object auth)
    {
        await SendAsync(PacketType.Connect, -1, auth);
        var answer = await ReceiveAsync();
        if (answer.Type == PacketType.ConnectError)
            throw new UnauthorizedAccessException(JsonElement.Parse(answer.Payload.Span).GetProperty("message").GetString());
        if (answer.Type != PacketType.Connect) throw new IOException("The server did not answer whether this client may join.");
    }

    /// <summary>The next packet of Socket.IO. It has to be used before the next call.</summary>
    private async Task<Packet> ReceiveAsync()
    {
        while (true)
        {
            var message = await ReceiveEngineAsync();
            if (message.Type == EnginePacketType.Ping) await SendAsync("3"u8.ToArray());
            else if (message.Type == EnginePacketType.Message && _decoder.TryDecode(message.Payload, out var packet)) return packet;
            else if (message.Type == EnginePacketType.Close) throw new IOException("The server closes the connection.");
        }
    }

    private async Task<EnginePacket> ReceiveEngineAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        limit.CancelAfter(_silence);
        for (var length = 0; ;)
        {
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), limit.Token);
            if (part.MessageType != WebSocketMessageType.Text)
                throw new IOException("The connection was closed, or brought what this client does not know.");
            length += part.Count;
            if (part.EndOfMessage) return EnginePacketReader.ReadText(_buffer.AsMemory(0, length));
            if (length == ProtocolLimits.Default.MaxPacketSize) throw new IOException("A message is too long.");
            if (length == _buffer.Length) Array.Resize(ref _buffer, Math.Min(2 * length, ProtocolLimits.Default.MaxPacketSize));
        }
    }

    private Task SendAsync<T>(PacketType type, long ackId, T value)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web);
        var message = new byte[1 + PacketHeader.GetMaxLength(1) + json.Length];
        message[0] = (byte)'4';
        var start = 1 + PacketHeader.Format(message.AsSpan(1), type, attachments: 0, "/"u8, ackId);
        json.CopyTo(message.AsSpan(start));
        return SendAsync(message.AsMemory(0, start + json.Length));
    }

    private async Task SendAsync(ReadOnlyMemory<byte> message)
    {
        await _sending.WaitAsync(_end.Token);
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, _end.Token);
        }
        finally
        {
            _sending.Release();
        }
    }
}
