using System.Diagnostics;
using System.Text;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>So many events a second, whatever the server does: what a message costs and how long it takes at moderate load.</summary>
/// <remarks>
/// An open loop: an event is due at its time, and its latency counts from then, so that a server that stalls does not slow down the load
/// that would show it.
/// </remarks>
internal sealed class RateScenario(int perSecond, int connections) : IServerScenario, IConversation
{
    private const int IdDigits = 6;
    private const int FirstId = 100_000;
    private const int Ids = 900_000;
    private const string EventHead = "42";

    private static readonly byte[] s_answer = Encoding.ASCII.GetBytes($"[\"{Payload.Text()}\"]");

    private readonly FrameTemplate _event = FrameTemplate.Text($"{EventHead}000000[\"echo\",\"{Payload.Text()}\"]");

    // Of each id: when its event was due; 0: none is under way.
    private readonly long[] _dueAt = new long[Ids];
    private readonly LatencyHistogram _latency = new();
    private long _sent;
    private int _unanswered;

    public string Name => $"rate-{perSecond}";

    public string Title => $"{perSecond:N0} echoes a second, evenly spaced over {connections} connections, {Payload.Length}-byte text";

    public Metric Headline => Metric.ServerCost;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerProcess server, Timing timing)
    {
        Array.Clear(_dueAt);
        (_sent, _unanswered) = (0, 0);
        using var loop = new LoadLoop(server.Port, this);
        loop.Open(connections);
        var started = Stopwatch.GetTimestamp();
        loop.PressUntil(static () => false, timing.WarmUp, SendWhatIsDue);
        var sample = new MeasuredLoad(server, loop, _latency).Press(timing.Measure, Metric.Answered, SendWhatIsDue);
        loop.Drain(() => _unanswered);
        return sample;

        void SendWhatIsDue(long now)
        {
            for (var due = DueAt(started, _sent); due <= now; due = DueAt(started, _sent))
                Send(loop, due);
        }
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        // 3<id>["<text>"]
        if (packet.Length != 1 + IdDigits + s_answer.Length || packet[0] != '3' || !packet[(1 + IdDigits)..].SequenceEqual(s_answer))
            throw new BenchmarkException($"wrong answer: {Encoding.UTF8.GetString(packet)}");

        var at = Digits.Parse(packet.Slice(1, IdDigits)) - FirstId;
        if (at < 0 || _dueAt[at] == 0 || at % connections != connection.Index)
            throw new BenchmarkException($"an answer to nothing under way: {Encoding.UTF8.GetString(packet)}");
        _latency.Record(now - _dueAt[at]);
        _dueAt[at] = 0;
        _unanswered--;
    }

    private void Send(LoadLoop loop, long due)
    {
        var at = (int)(_sent++ % Ids);
        if (_dueAt[at] != 0)
            throw new BenchmarkException($"the server is {Ids:N0} answers behind");
        _dueAt[at] = due;
        _unanswered++;
        _event.SetNumber(EventHead.Length, IdDigits, FirstId + at);
        loop.Connections[at % connections].Send(_event.Bytes);
    }

    private long DueAt(long started, long number) => started + (number * Stopwatch.Frequency / perSecond);
}
