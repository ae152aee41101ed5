using System.Diagnostics;
using Stork.Bench.Load;
using Stork.Bench.Measures;

namespace Stork.Bench.Scenarios;

/// <summary>One connection asks its server to broadcast; a broadcast is over when everybody has got it.</summary>
/// <remarks>
/// A fixed number of broadcasts is outstanding, the next one is asked for when one is over: the server always has work, but is never
/// asked for more than the connections take. Every receiver must get every broadcast, once and in order.
/// </remarks>
internal sealed class BroadcastConversation(Dialect dialect, int receivers, int outstanding) : IConversation
{
    private const int SequenceDigits = 8;

    private static readonly string s_filling = Payload.Text(Payload.Length - SequenceDigits);

    private readonly NumberedMessage _request = dialect.Publish(SequenceDigits, s_filling);
    private readonly NumberedMessage _news = dialect.News(SequenceDigits, s_filling);
    private readonly int[] _expected = new int[receivers];
    private readonly int[] _missing = new int[outstanding];
    private readonly long[] _askedAt = new long[outstanding];
    private Connection _publisher = null!;
    private int _next;
    private bool _isEnding;

    /// <summary>From the request to the last delivery.</summary>
    public LatencyHistogram Latency { get; } = new();

    public long Delivered { get; private set; }

    /// <summary>Asks for the first broadcasts, when all receivers are there.</summary>
    public void Start(LoadLoop loop)
    {
        _publisher = loop.Connections[0];
        while (_next < outstanding)
            Ask(Stopwatch.GetTimestamp());
    }

    /// <summary>Asks for no more, and returns when all that was asked for has come.</summary>
    public void End(LoadLoop loop)
    {
        _isEnding = true;
        loop.Drain(_missing.Sum);
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        var sequence = _news.Read(packet);
        ref var expected = ref _expected[connection.Index];
        if (sequence != expected)
            throw new BenchmarkException($"connection {connection.Index}: broadcast {sequence} came instead of {expected}");

        expected++;
        Delivered++;
        var at = sequence % outstanding;
        if (--_missing[at] == 0)
        {
            Latency.Record(now - _askedAt[at]);
            if (!_isEnding)
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
