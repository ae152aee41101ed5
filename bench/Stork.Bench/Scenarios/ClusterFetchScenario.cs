using System.Diagnostics;
using System.Text;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>A client asks its server how many sockets there are on both, which fetches all of them; one question after the other.</summary>
internal sealed class ClusterFetchScenario(int socketsEach) : IClusterScenario, IConversation
{
    private static readonly FrameTemplate s_question = FrameTemplate.Text("421[\"fetch\"]");

    private readonly byte[] _answer = Encoding.ASCII.GetBytes($"31[{ServerCluster.Size * socketsEach}]");
    private readonly LatencyHistogram _latency = new();
    private long _askedAt;
    private int _unanswered;
    private bool _isEnding;

    public string Name => "cluster-fetch";

    public string Title => $"Two servers over Redis, fetchSockets over {socketsEach:N0} sockets on each, one call after the other";

    public Metric Headline => Metric.LatencyMedian;

    public int MostRounds => 3;

    public Sample Run(ServerCluster cluster, Timing timing)
    {
        Descriptors.Require(ServerCluster.Size * socketsEach);
        _isEnding = false;
        using var loop = new LoadLoop(cluster.Ports, this);
        loop.Open(ServerCluster.Size * socketsEach);
        Ask(loop.Connections[0]);
        loop.Press(ServerCluster.Size * timing.WarmUp);
        var sample = new MeasuredLoad(cluster, loop, _latency).Press(
            timing.Measure, Metric.Found, () => _latency.Count * ServerCluster.Size * socketsEach);
        _isEnding = true;
        loop.Drain(() => _unanswered);
        return sample;
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        if (!packet.SequenceEqual(_answer))
            throw new BenchmarkException($"a wrong answer: {Encoding.UTF8.GetString(packet)}");
        _latency.Record(now - _askedAt);
        _unanswered--;
        if (!_isEnding)
            Ask(connection);
    }

    private void Ask(Connection connection)
    {
        _askedAt = Stopwatch.GetTimestamp();
        _unanswered++;
        connection.Send(s_question.Bytes);
    }
}
