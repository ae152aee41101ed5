using System.Diagnostics;
using System.Text;
using Stork.Bench.Load;
using Stork.Bench.Measures;

namespace Stork.Bench.Scenarios;

/// <summary>A fixed number of clients at a time: each connects, has one event acknowledged, and goes; then the next one comes.</summary>
/// <param name="startWithPolling">Whether they come the default way, by long-polling with an upgrade.</param>
/// <param name="atATime">How many are there at once.</param>
/// <param name="firstIndex">Of their connections; those before it are others, which only answer heartbeats.</param>
internal sealed class Visitors(bool startWithPolling, int atATime, int firstIndex = 0) : IConversation
{
    private const int IdDigits = 6;
    private const int FirstId = 100_000;
    private const int Ids = 900_000;
    private const string EventHead = "42";

    private static readonly byte[] s_answer = Encoding.ASCII.GetBytes($"[\"{Payload.Text()}\"]");

    private readonly FrameTemplate _event = FrameTemplate.Text($"{EventHead}000000[\"echo\",\"{Payload.Text()}\"]");
    private readonly Visit[] _visits = new Visit[atATime];
    private LoadLoop _loop = null!;
    private int _number;
    private bool _isEnding;

    /// <summary>From the first packet to the acknowledgement of the one event.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Clients that have gone.</summary>
    public long Completed { get; set; }

    /// <summary>Clients that have come and not gone.</summary>
    public int Present { get; private set; }

    /// <summary>Lets the first ones come.</summary>
    public void Start(LoadLoop loop)
    {
        _loop = loop;
        _isEnding = false;
        for (var slot = 0; slot < atATime; slot++)
            Come(slot);
    }

    /// <summary>Lets nobody come any more, and returns when the last one has gone.</summary>
    public void End(LoadLoop loop)
    {
        _isEnding = true;
        loop.Drain(() => Present);
    }

    public void OnJoined(Connection connection, long now)
    {
        if (connection.Index < firstIndex)
            return;
        ref var visit = ref _visits[connection.Index - firstIndex];
        visit.Id = FirstId + (++_number % Ids);
        _event.SetNumber(EventHead.Length, IdDigits, visit.Id);
        connection.Write(_event.Bytes);
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        // 3<id>["<text>"]
        if (connection.Index < firstIndex)
            throw new BenchmarkException("an idle connection got an event");
        ref var visit = ref _visits[connection.Index - firstIndex];
        if (packet.Length != 1 + IdDigits + s_answer.Length || packet[0] != '3' || !packet[(1 + IdDigits)..].SequenceEqual(s_answer)
            || Digits.Parse(packet.Slice(1, IdDigits)) != visit.Id)
        {
            throw new BenchmarkException($"wrong answer: {Encoding.UTF8.GetString(packet)}");
        }

        visit.Id = 0;
        Latency.Record(now - visit.CameAt);
        connection.WriteGoodbye();
    }

    public void OnClosed(Connection connection)
    {
        Completed++;
        Present--;
        if (!_isEnding)
            Come(connection.Index - firstIndex);
    }

    private void Come(int slot)
    {
        Present++;
        _visits[slot].CameAt = Stopwatch.GetTimestamp();
        if (startWithPolling)
            new PollingVisitor(_loop, firstIndex + slot).Start();
        else
            _loop.Connect(firstIndex + slot);
    }

    private struct Visit
    {
        public long CameAt;
        public int Id;
    }
}
