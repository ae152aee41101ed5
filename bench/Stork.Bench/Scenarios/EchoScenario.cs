using System.Diagnostics;
using System.Text;
using Stork.Bench.Load;
using Stork.Bench.Measures;
using Stork.Bench.Peers;

namespace Stork.Bench.Scenarios;

/// <summary>Every connection keeps a fixed number of events in flight; the server acknowledges each with the text it came with.</summary>
internal sealed class EchoScenario(int connections, int inFlight) : IScenario, IConversation
{
    // An ack id has six digits, so that it can be patched in: four of generation, two of slot. 1000 is the first generation, so that
    // no id starts with a zero.
    private const int IdDigits = 6;
    private const int FirstGeneration = 1000;
    private const int LastGeneration = 9999;
    private const int SlotsPerGeneration = 100;

    // Of each slot: the generation in flight, or minus the one answered last.
    private readonly int[] _generations = new int[connections * inFlight];
    private readonly long[] _sentAt = new long[connections * inFlight];
    private readonly LatencyHistogram _latency = new();
    private NumberedMessage _event = null!;
    private NumberedMessage _answer = null!;
    private int _unanswered;
    private bool _ending;

    public string Name => $"echo-{inFlight}";

    public string Title =>
        $"Echo with acknowledgement: {connections} connections, {inFlight} in flight on each, {Payload.Length}-byte text";

    public Metric Headline => Metric.RoundTrips;

    public int MostRounds => int.MaxValue;

    public Sample Run(ServerProcess server, Timing timing)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inFlight, SlotsPerGeneration);
        _event = server.Dialect.Echo(IdDigits, Payload.Text());
        _answer = server.Dialect.EchoAnswer(IdDigits, Payload.Text());
        using var loop = new LoadLoop(server.Port, this, server.Dialect);
        loop.Open(connections);
        Start(loop);
        loop.Press(timing.WarmUp);

        var sample = new MeasuredLoad(server, loop, _latency).Press(timing.Measure, Metric.RoundTrips);

        _ending = true;
        loop.Drain(() => _unanswered);
        return sample;
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        var (generation, slot) = Math.DivRem(_answer.Read(packet), SlotsPerGeneration);
        var at = (connection.Index * inFlight) + slot;
        if (slot >= inFlight || _generations[at] != generation)
            throw new BenchmarkException($"an answer to nothing in flight: {Encoding.UTF8.GetString(packet)}");

        _latency.Record(now - _sentAt[at]);
        _unanswered--;
        _generations[at] = -generation;
        if (!_ending)
            connection.Write(NextEvent(at, slot, now));
    }

    private void Start(LoadLoop loop)
    {
        _generations.AsSpan().Fill(-LastGeneration);
        _unanswered = 0;
        _ending = false;
        var first = new List<byte>();
        foreach (var connection in loop.Connections)
        {
            first.Clear();
            for (var slot = 0; slot < inFlight; slot++)
                first.AddRange(NextEvent((connection.Index * inFlight) + slot, slot, Stopwatch.GetTimestamp()));
            connection.Send(first.ToArray());
        }
    }

    private ReadOnlySpan<byte> NextEvent(int at, int slot, long now)
    {
        var generation = _generations[at] == -LastGeneration ? FirstGeneration : 1 - _generations[at];
        _generations[at] = generation;
        _unanswered++;
        _sentAt[at] = now;
        return _event.Frame((generation * SlotsPerGeneration) + slot);
    }
}
