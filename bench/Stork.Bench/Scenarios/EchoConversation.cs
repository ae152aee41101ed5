using System.Diagnostics;
using System.Text;
using Stork.Bench.Load;
using Stork.Bench.Measures;

namespace Stork.Bench.Scenarios;

/// <summary>Every connection keeps a fixed number of events in flight; the server acknowledges each with the text it came with.</summary>
internal sealed class EchoConversation : IConversation
{
    // An ack id has six digits, so that it can be patched in: four of generation, two of slot. 1000 is the first generation, so that
    // no id starts with a zero.
    private const int IdDigits = 6;
    private const int FirstGeneration = 1000;
    private const int LastGeneration = 9999;
    private const int SlotsPerGeneration = 100;

    private readonly NumberedMessage _event;
    private readonly NumberedMessage _answer;
    private readonly int _inFlight;

    // Of each slot: the generation in flight, or minus the one answered last.
    private readonly int[] _generations;
    private readonly long[] _sentAt;

    public EchoConversation(Dialect dialect, int connections, int inFlight)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inFlight, SlotsPerGeneration);
        _event = dialect.Echo(IdDigits, Payload.Text());
        _answer = dialect.EchoAnswer(IdDigits, Payload.Text());
        _inFlight = inFlight;
        _generations = new int[connections * inFlight];
        _generations.AsSpan().Fill(-LastGeneration);
        _sentAt = new long[connections * inFlight];
    }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>Answers that are still to come.</summary>
    public int Unanswered { get; private set; }

    /// <summary>Nothing is sent any more.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Sends what is to be in flight from then on.</summary>
    public void Start(LoadLoop loop)
    {
        var first = new List<byte>();
        foreach (var connection in loop.Connections)
        {
            first.Clear();
            for (var slot = 0; slot < _inFlight; slot++)
                first.AddRange(NextEvent((connection.Index * _inFlight) + slot, slot, Stopwatch.GetTimestamp()));
            connection.Send(first.ToArray());
        }
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        var (generation, slot) = Math.DivRem(_answer.Read(packet), SlotsPerGeneration);
        var at = (connection.Index * _inFlight) + slot;
        if (slot >= _inFlight || _generations[at] != generation)
            throw new BenchmarkException($"an answer to nothing in flight: {Encoding.UTF8.GetString(packet)}");

        Latency.Record(now - _sentAt[at]);
        Unanswered--;
        _generations[at] = -generation;
        if (!IsEnding)
            connection.Write(NextEvent(at, slot, now));
    }

    private ReadOnlySpan<byte> NextEvent(int at, int slot, long now)
    {
        var generation = _generations[at] == -LastGeneration ? FirstGeneration : 1 - _generations[at];
        _generations[at] = generation;
        Unanswered++;
        _sentAt[at] = now;
        return _event.Frame((generation * SlotsPerGeneration) + slot);
    }
}
