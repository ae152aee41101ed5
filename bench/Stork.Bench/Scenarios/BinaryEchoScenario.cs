using System.Buffers.Binary;
using System.Text;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>Every connection keeps one event with bytes in flight; the server acknowledges with the bytes it came with.</summary>
/// <remarks>Two frames each way: the packet, which announces an attachment, and that. Its first four bytes are a number.</remarks>
internal sealed class BinaryEchoScenario(int connections, int size) : IServerScenario, IConversation
{
    private const int IdDigits = 6;
    private const int FirstId = 100_000;
    private const int Ids = 900_000;
    private const string EventHead = "451-";
    private const string Placeholder = "{\"_placeholder\":true,\"num\":0}";

    private static readonly byte[] s_answerHead = "61-"u8.ToArray();
    private static readonly byte[] s_answerTail = Encoding.ASCII.GetBytes($"[{Placeholder}]");

    private readonly FrameTemplate _event = FrameTemplate.Text($"{EventHead}000000[\"binary\",{Placeholder}]");
    private readonly FrameTemplate _attachment = FrameTemplate.Binary(Content(size));
    private readonly byte[] _content = Content(size);
    private readonly Client[] _clients = new Client[connections];
    private readonly LatencyHistogram _latency = new();
    private int _number;
    private int _unanswered;
    private bool _ending;

    public string Name => size == 1024 ? "binary-1k" : $"binary-{size}";

    public string Title => $"Binary echo with acknowledgement: {connections} connections, 1 in flight on each, {size:N0} bytes";

    public Metric Headline => Metric.RoundTrips;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerProcess server, Timing timing)
    {
        Array.Clear(_clients);
        (_unanswered, _ending) = (0, false);
        using var loop = new LoadLoop(server.Port, this);
        loop.Open(connections);
        loop.Press(timing.WarmUp);
        var sample = new MeasuredLoad(server, loop, _latency).Press(timing.Measure, Metric.RoundTrips);
        _ending = true;
        loop.Drain(() => _unanswered);
        return sample;
    }

    public void OnJoined(Connection connection, long now) => WriteNext(connection, now);

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        // 61-<id>[{"_placeholder":true,"num":0}]
        ref var client = ref _clients[connection.Index];
        var head = s_answerHead.Length;
        if (packet.Length != head + IdDigits + s_answerTail.Length || !packet.StartsWith(s_answerHead) || !packet.EndsWith(s_answerTail)
            || client.IsAnnounced || Digits.Parse(packet.Slice(head, IdDigits)) != Id(client.Number))
        {
            throw new BenchmarkException($"wrong answer: {Encoding.UTF8.GetString(packet)}");
        }

        client.IsAnnounced = true;
    }

    public void OnAttachment(Connection connection, ReadOnlySpan<byte> bytes, long now)
    {
        ref var client = ref _clients[connection.Index];
        BinaryPrimitives.WriteUInt32LittleEndian(_content, (uint)client.Number);
        if (!client.IsAnnounced || !bytes.SequenceEqual(_content))
            throw new BenchmarkException($"{connection}: {bytes.Length} bytes came that are not those that were sent");

        _latency.Record(now - client.SentAt);
        _unanswered--;
        if (!_ending)
            WriteNext(connection, now);
    }

    private void WriteNext(Connection connection, long now)
    {
        _clients[connection.Index] = new Client { Number = ++_number, SentAt = now };
        _unanswered++;
        _event.SetNumber(EventHead.Length, IdDigits, Id(_number));
        _attachment.SetInteger(0, (uint)_number);
        connection.Write(_event.Bytes);
        connection.Write(_attachment.Bytes);
    }

    private static int Id(int number) => FirstId + (number % Ids);

    // Every value of a byte, and none of them text.
    private static byte[] Content(int size) => [.. Enumerable.Range(0, size).Select(at => (byte)((at * 7) + 131))];

    private struct Client
    {
        public int Number;
        public long SentAt;
        public bool IsAnnounced;
    }
}
