using System.Text;

namespace Stork.Bench.Load;

/// <summary>The requests of Engine.IO long-polling for one session, and the check of their answers.</summary>
internal sealed class PollingRequests
{
    private const byte RecordSeparator = 0x1E;
    private const int Ok = 200;

    private readonly string _target;
    private readonly string _host;

    private PollingRequests(int port, string session)
    {
        Session = session;
        _target = $"/socket.io/?EIO=4&transport=polling&sid={session}";
        _host = $"127.0.0.1:{port}";
        Get = Encoding.ASCII.GetBytes($"GET {_target} HTTP/1.1\r\nHost: {_host}\r\n\r\n");
    }

    public string Session { get; }

    /// <summary>Asks for what the server has to say.</summary>
    public byte[] Get { get; }

    /// <summary>The request that opens a session.</summary>
    public static byte[] Handshake(int port) =>
        Encoding.ASCII.GetBytes($"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");

    /// <summary>The requests of the session that the answer to the handshake opens: <c>0{"sid":"...",...}</c>.</summary>
    public static PollingRequests Open(int port, in HttpAnswer handshake)
    {
        var body = Packets(handshake);
        var name = "\"sid\":\""u8;
        var at = body.IndexOf(name);
        var length = at < 0 ? -1 : body[(at + name.Length)..].IndexOf((byte)'"');
        if (length < 0 || body[0] != '0')
            throw new BenchmarkException($"no session was opened: {Encoding.UTF8.GetString(body)}");
        return new PollingRequests(port, Encoding.ASCII.GetString(body.Slice(at + name.Length, length)));
    }

    /// <summary>Brings packets, which a separator divides.</summary>
    public byte[] Post(string packets) => Encoding.ASCII.GetBytes(
        $"POST {_target} HTTP/1.1\r\nHost: {_host}\r\n"
        + $"Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {packets.Length}\r\n\r\n{packets}");

    /// <summary>Packets in one body.</summary>
    public static string Join(params ReadOnlySpan<string> packets) => string.Join((char)RecordSeparator, packets);

    /// <summary>The packets that an answer brings.</summary>
    public static ReadOnlySpan<byte> Packets(in HttpAnswer answer) => answer.Status == Ok && !answer.Body.IsEmpty
        ? answer.Body
        : throw new BenchmarkException($"the server answered {answer.Status}: {Encoding.UTF8.GetString(answer.Body)}");

    /// <summary>Takes the first packet off.</summary>
    public static ReadOnlySpan<byte> TakeFirst(ref ReadOnlySpan<byte> packets)
    {
        var end = packets.IndexOf(RecordSeparator);
        var first = end < 0 ? packets : packets[..end];
        packets = end < 0 ? default : packets[(end + 1)..];
        return first;
    }

    /// <summary>A POST is answered with two letters.</summary>
    public static void CheckPosted(in HttpAnswer answer)
    {
        if (!Packets(answer).SequenceEqual("ok"u8))
            throw new BenchmarkException($"the server answered a POST with {Encoding.UTF8.GetString(answer.Body)}");
    }
}
