using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Wire;

/// <summary>A WebSocket client that sends what it is told, right or wrong, and hides nothing of what comes back.</summary>
internal sealed class WireWebSocket : IAsyncDisposable
{
    private const byte FinalText = 0x81;
    private const byte FinalBinary = 0x82;
    private const byte FinalClose = 0x88;
    private const int LargestFrame = 64 * 1024 * 1024;

    private readonly TcpClient _tcp;
    private readonly Stream _stream;

    private WireWebSocket(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = new BufferedStream(tcp.GetStream(), 64 * 1024);
    }

    /// <summary>Whether Engine.IO pings are answered and not shown, as a client would.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>Opens a connection, which has to succeed.</summary>
    public static async Task<WireWebSocket> OpenAsync(Uri server, string pathAndQuery, params string[] headers)
    {
        var (socket, head, body) = await TryOpenAsync(server, pathAndQuery, headers);
        head.ShouldStartWith("HTTP/1.1 101 ", customMessage: body);
        return socket;
    }

    /// <summary>Asks for a connection, which has to be refused.</summary>
    /// <returns>The head of the answer, and its body.</returns>
    public static async Task<(string Head, string Body)> RefusedAsync(Uri server, string pathAndQuery, params string[] headers)
    {
        var (socket, head, body) = await TryOpenAsync(server, pathAndQuery, headers);
        await using (socket) return (head, Unchunked(body));
    }

    /// <summary>Asks for a connection, whatever comes of it.</summary>
    /// <returns>The head of the answer, and its body; if it was accepted, the first message, or "[no message]"
    /// for bytes that are none.</returns>
    public static async Task<(string Head, string Body)> AskAsync(Uri server, string pathAndQuery, params string[] headers)
    {
        var (socket, head, body) = await TryOpenAsync(server, pathAndQuery, headers);
        await using (socket)
        {
            if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)) return (head, Unchunked(body));
            try
            {
                return (head, (await socket.ReadAsync()).ToString());
            }
            catch (InvalidDataException)
            {
                return (head, "[no message]");
            }
        }
    }

    /// <summary>Asks for a connection that the server ends at once, whether or not its acceptance still arrives.</summary>
    public static async Task EndedAtOnceAsync(Uri server, string pathAndQuery)
    {
        var (socket, head, _) = await TryOpenAsync(server, pathAndQuery, []);
        await using (socket)
        {
            if (head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
                (await socket.ReadAsync()).Kind.ShouldBeOneOf(WireMessageKind.Close, WireMessageKind.Cut);
            else
                head.ShouldBeEmpty();
        }
    }

    public Task SendAsync(string text) => SendFrameAsync(FinalText, Encoding.UTF8.GetBytes(text));

    public Task SendTextBytesAsync(byte[] text) => SendFrameAsync(FinalText, text);

    public Task SendAsync(byte[] data) => SendFrameAsync(FinalBinary, data);

    /// <summary>Sends a close frame.</summary>
    public Task SendCloseAsync(ushort code) => SendFrameAsync(FinalClose, [(byte)(code >> 8), (byte)code]);

    /// <summary>Sends one masked frame; nothing happens if the server has closed the connection meanwhile.</summary>
    public async Task SendFrameAsync(byte firstByte, byte[] payload)
    {
        var frame = new byte[14 + payload.Length];
        frame[0] = firstByte;
        int length;
        if (payload.Length < 126)
        {
            frame[1] = (byte)(0x80 | payload.Length);
            length = 2;
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
            length = 4;
        }
        else
        {
            frame[1] = 0x80 | 127;
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
            length = 10;
        }

        RandomNumberGenerator.Fill(frame.AsSpan(length, 4));
        for (var i = 0; i < payload.Length; i++) frame[length + 4 + i] = (byte)(payload[i] ^ frame[length + (i & 3)]);
        try
        {
            await _tcp.GetStream().WriteAsync(frame.AsMemory(0, length + 4 + payload.Length));
        }
        catch (IOException)
        {
            // Reading tells how it ended.
        }
    }

    /// <summary>The next text message, which has to be one.</summary>
    public async Task<string> ReadTextAsync()
    {
        var message = await ReadAsync();
        message.Kind.ShouldBe(WireMessageKind.Text, message.ToString());
        return message.Text;
    }

    /// <summary>The next message, the close frame, or the end.</summary>
    public async Task<WireMessage> ReadAsync()
    {
        while (true)
        {
            var message = await ReadMessageAsync().Within("a message of the server");
            if (!AnswersPings || message is not { Kind: WireMessageKind.Text, Data: [(byte)'2'] }) return message;
            await SendAsync("3");
        }
    }

    /// <summary>Everything up to the end, whatever it is.</summary>
    public async Task<IReadOnlyList<WireMessage>> ReadToEndAsync()
    {
        var all = new List<WireMessage>();
        do all.Add(await ReadAsync());
        while (all[^1].Kind is WireMessageKind.Text or WireMessageKind.Binary);
        return all;
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks for a connection, and keeps it whatever the answer is.</summary>
    public static async Task<(WireWebSocket Socket, string Head, string Body)> TryOpenAsync(
        Uri server, string pathAndQuery, params string[] headers)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(server.Host, server.Port).Within("a connection");
        var request =
            $"""
            GET {pathAndQuery} HTTP/1.1
            Host: {server.Authority}
            Connection: Upgrade
            Upgrade: websocket
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: {Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))}
            {string.Concat(headers.Select(header => header + "\n"))}

            """;
        await tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request.ReplaceLineEndings("\r\n")));
        var socket = new WireWebSocket(tcp);
        var head = await socket.ReadHeadAsync().Within("the answer to a WebSocket handshake");
        var body = "";
        if (head.Length > 0 && !head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            using var reader = new StreamReader(socket._stream, Encoding.UTF8, leaveOpen: true);
            body = await reader.ReadToEndAsync().Within("the end of a refused connection");
        }

        return (socket, head, body);
    }

    /// <summary>A short body is one chunk, if it is chunked at all.</summary>
    private static string Unchunked(string body) => body.Split("\r\n") is [_, var chunk, "0", "", ""] ? chunk : body;

    private async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            try
            {
                if (await _stream.ReadAsync(one) == 0) break;
            }
            catch (IOException)
            {
                break;
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task<WireMessage> ReadMessageAsync()
    {
        try
        {
            var header = new byte[2];
            await _stream.ReadExactlyAsync(header);
            if (header[0] is not (FinalText or FinalBinary or FinalClose))
                throw new InvalidDataException($"A frame that begins with 0x{header[0]:x2} came; whole, unmasked messages are sent here.");
            var payload = new byte[await ReadLengthAsync(header[1])];
            await _stream.ReadExactlyAsync(payload);
            return header[0] switch
            {
                FinalText => new WireMessage(WireMessageKind.Text, payload),
                FinalBinary => new WireMessage(WireMessageKind.Binary, payload),
                _ => new WireMessage(WireMessageKind.Close, payload),
            };
        }
        catch (IOException)
        {
            return new WireMessage(WireMessageKind.Cut, []);
        }
    }

    private async Task<int> ReadLengthAsync(byte first)
    {
        if (first < 126) return first;
        var bytes = new byte[first == 126 ? 2 : 8];
        await _stream.ReadExactlyAsync(bytes);
        var length = first == 126 ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
        return length <= LargestFrame ? (int)length : throw new InvalidDataException($"A frame of {length} bytes came.");
    }
}
