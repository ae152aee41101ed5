using System.Text;

namespace Stork.Bench.Load;

/// <summary>The HTTP request that opens an Engine.IO connection on WebSocket, and the check of its answer.</summary>
internal static class UpgradeRequest
{
    // Key and answer of the example in RFC 6455, 1.3; a server computes the same for it as for a random one.
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    /// <summary>The field of the answer that proves that the key was read.</summary>
    public const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    /// <param name="port">Of the server.</param>
    /// <param name="session">The Engine.IO session that it takes over from long-polling; null: it opens one.</param>
    public static byte[] For(int port, string? session = null) =>
        ForTarget(port, $"/socket.io/?EIO=4&transport=websocket{(session is null ? "" : $"&sid={session}")}");

    /// <summary>The request for a WebSocket of any kind.</summary>
    public static byte[] ForTarget(int port, string target) => Encoding.ASCII.GetBytes(
        $"GET {target} HTTP/1.1\r\n"
        + $"Host: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Key}\r\n\r\n");

    /// <summary>The answer to it, for a server that needs to answer nothing else.</summary>
    public static byte[] Answer { get; } = Encoding.ASCII.GetBytes(
        $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Accept}\r\n\r\n");

    /// <summary>Length of the complete answer at the start of the bytes, or 0 while more is to come.</summary>
    public static int CheckAnswer(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return 0;

        var head = Encoding.ASCII.GetString(bytes[..end]);
        if (!head.StartsWith("HTTP/1.1 101", StringComparison.Ordinal) || !head.Contains(Accept, StringComparison.Ordinal))
            throw new BenchmarkException($"the server refused the WebSocket: {head.Split('\r')[0]}");
        return end + 4;
    }
}
