using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>So many events a second from clients of one server to clients of another, each by a room of its receiver.</summary>
/// <remarks>An open loop, as <see cref="RateScenario"/>: a latency counts from when its event was due.</remarks>
internal sealed class ClusterRateScenario(int perSecond, int pairs) : IClusterScenario, IConversation
{
    private const int SequenceDigits = 8;
    private const int RoomDigits = 3;
    private const int JoinId = 1;

    /// <summary>Events that may be under way: so far back is remembered when one was due.</summary>
    private const int MostUnderWay = 100_000;

    private const string PublishHead = "42[\"publish-to\",\"to-";
    private const string PublishBetween = "\",\"";

    private static readonly string s_filling = Payload.Text(Payload.Length - SequenceDigits);

    private readonly FrameTemplate _publish = FrameTemplate.Text(
        $"{PublishHead}{new string('0', RoomDigits)}{PublishBetween}{new string('0', SequenceDigits)}{s_filling}\"]");

    private readonly NumberedMessage _news = Dialect.SocketIO.News(SequenceDigits, s_filling);
    private readonly long[] _dueAt = new long[MostUnderWay];
    private readonly LatencyHistogram _latency = new();
    private int _sent;
    private int _underWay;
    private int _joining;

    public string Name => $"cluster-rate-{perSecond}";

    public string Title =>
        $"Two servers over Redis, {perSecond:N0} events a second from {pairs} clients of one to {pairs} of the other, "
        + $"{Payload.Length}-byte text";

    public Metric Headline => Metric.LatencyTail;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerCluster cluster, Timing timing)
    {
        Array.Clear(_dueAt);
        (_sent, _underWay) = (0, 0);
        using var loop = new LoadLoop(cluster.Ports, this);
        loop.Open(2 * pairs);
        Join(loop);
        var started = Stopwatch.GetTimestamp();
        loop.PressUntil(static () => false, ServerCluster.Size * timing.WarmUp, SendWhatIsDue);
        var sample = new MeasuredLoad(cluster, loop, _latency).Press(timing.Measure, Metric.Answered, SendWhatIsDue);
        loop.Drain(() => _underWay);
        return sample;

        void SendWhatIsDue(long now)
        {
            for (var due = DueAt(started, _sent); due <= now; due = DueAt(started, _sent))
                Send(loop, due);
        }
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        if (packet.StartsWith("31["u8))
        {
            _joining--;
            return;
        }

        var sequence = _news.Read(packet);
        ref var due = ref _dueAt[sequence % MostUnderWay];
        if (due == 0 || connection.Index != ReceiverOf(sequence % pairs))
            throw new BenchmarkException($"{connection}: event {sequence} came to the wrong one, or twice");
        _latency.Record(now - due);
        due = 0;
        _underWay--;
    }

    // Connections go to the servers in turn: the even ones are of the first, the odd ones of the second.
    private static int SenderOf(int pair) => 2 * pair;

    private static int ReceiverOf(int pair) => (2 * pair) + 1;

    private void Join(LoadLoop loop)
    {
        for (var pair = 0; pair < pairs; pair++, _joining++)
            loop.Connections[ReceiverOf(pair)].Send(FrameTemplate.Text($"42{JoinId}[\"join\",\"to-{pair:000}\"]").Bytes);
        loop.Drain(() => _joining);
    }

    private void Send(LoadLoop loop, long due)
    {
        ref var slot = ref _dueAt[_sent % MostUnderWay];
        if (slot != 0)
            throw new BenchmarkException($"the servers are {MostUnderWay:N0} events behind");
        slot = due;
        _underWay++;
        var pair = _sent % pairs;
        _publish.SetNumber(PublishHead.Length, RoomDigits, pair);
        _publish.SetNumber(PublishHead.Length + RoomDigits + PublishBetween.Length, SequenceDigits, _sent++);
        loop.Connections[SenderOf(pair)].Send(_publish.Bytes);
    }

    private long DueAt(long started, long number) => started + (number * Stopwatch.Frequency / perSecond);
}
