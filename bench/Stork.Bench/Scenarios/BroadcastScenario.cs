using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>One connection asks the server to broadcast; a broadcast is over when everybody has got it.</summary>
/// <remarks>
/// A fixed number of broadcasts is outstanding, the next one is asked for when one is over: the server always has work, but is never
/// asked for more than the connections take. Every receiver must get every broadcast, once and in order.
/// </remarks>
internal sealed class BroadcastScenario(string name, int receivers, int outstanding, ServerRoom room = ServerRoom.OneCore)
    : IScenario, IConversation
{
    private const int SequenceDigits = 8;

    /// <summary>From so many on there are few broadcasts a second, and what runs once for each is compiled later.</summary>
    private const int ManyReceivers = 10_000;

    private static readonly string s_filling = Payload.Text(Payload.Length - SequenceDigits);

    private readonly int[] _expected = new int[receivers];
    private readonly int[] _missing = new int[outstanding];
    private readonly long[] _askedAt = new long[outstanding];
    private readonly LatencyHistogram _latency = new();
    private NumberedMessage _request = null!;
    private NumberedMessage _news = null!;
    private Connection _publisher = null!;
    private int _next;
    private long _delivered;
    private bool _ending;

    public string Name => name;

    public string Title =>
        $"Broadcast to {receivers:N0} connections: {Payload.Length}-byte text, {outstanding} outstanding at a time{room.Remark()}";

    public Metric Headline => Metric.Deliveries;

    public ServerRoom Room => room;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerProcess server, Timing timing)
    {
        Array.Clear(_expected);
        _request = server.Dialect.Publish(SequenceDigits, s_filling);
        _news = server.Dialect.News(SequenceDigits, s_filling);
        _ending = false;
        using var loop = new LoadLoop(server.Port, this, server.Dialect) { Sleeps = room.IsShared() };
        loop.Open(receivers);
        _publisher = loop.Connections[0];
        for (_next = 0; _next < outstanding;)
            Ask(Stopwatch.GetTimestamp());
        loop.Press(receivers >= ManyReceivers ? 2 * timing.WarmUp : timing.WarmUp);

        _delivered = 0;
        var sample = new MeasuredLoad(server, loop, _latency).Press(timing.Measure, Metric.Deliveries, () => _delivered);

        _ending = true;
        loop.Drain(() => _missing.Sum());
        return sample;
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        var sequence = _news.Read(packet);
        ref var expected = ref _expected[connection.Index];
        if (sequence != expected)
            throw new BenchmarkException($"connection {connection.Index}: broadcast {sequence} came instead of {expected}");

        expected++;
        _delivered++;
        var at = sequence % outstanding;
        if (--_missing[at] == 0)
        {
            _latency.Record(now - _askedAt[at]);
            if (!_ending)
                Ask(now);
        }
    }

    // Broadcasts end in order because every receiver gets them in order; so the place of the one that just ended is the next one's.
    private void Ask(long now)
    {
        var at = _next % outstanding;
        _missing[at] = receivers;
        _askedAt[at] = now;
        _publisher.Send(_request.Frame(_next++));
    }
}
