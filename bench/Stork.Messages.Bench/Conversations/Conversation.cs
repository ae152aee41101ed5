using System.Collections;
using System.Diagnostics;
using System.Text;
using Stork.Bench.Load;
using Stork.Bench.Scenarios;

namespace Stork.Messages.Bench.Conversations;

/// <summary>What the conversations with the server have in common: numbered messages, each of which comes once,
/// and a look into the store at the end.</summary>
internal abstract class Conversation : IConversation
{
    /// <summary>Messages of one run at most.</summary>
    protected const int MostMessages = 1 << 26;

    protected const int NumberDigits = 9;
    protected const int StampDigits = 17;

    /// <summary>Ids of acknowledgements have nine digits too: a message's number behind a 1. A single digit belongs to questions.</summary>
    protected const int FirstId = 100_000_000;

    private const int QuestionId = 9;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly BitArray _seen = new(MostMessages);
    private long _answer = -1;

    protected static string Text { get; } = Payload.Text(130);

    /// <summary>Messages that came.</summary>
    public long Delivered { get; private set; }

    public virtual void OnConnecting(int connection)
    {
    }

    public virtual ReadOnlySpan<byte> Join(int connection) => FrameTemplate.Join.Bytes;

    public abstract void OnEvent(Connection connection, ReadOnlySpan<byte> array, int id, long now);

    public abstract void OnAcknowledgement(Connection connection, ReadOnlySpan<byte> array, int id, long now);

    void IConversation.OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        var array = SocketPacket.Array(packet, out var id);
        if (packet[0] == (byte)'2') OnEvent(connection, array, id, now);
        else if (packet[0] == (byte)'3' && id == QuestionId) _answer = SocketPacket.Number(array[1..^1]);
        else if (packet[0] == (byte)'3') OnAcknowledgement(connection, array, id, now);
        else throw new BenchmarkException($"an unexpected packet came: {Encoding.UTF8.GetString(packet)}");
    }

    /// <summary>Bytes that the server has allocated since its start.</summary>
    public long Allocated(LoadLoop loop) => Ask(loop, "allocated");

    /// <summary>Returns when the store has nothing left, so that all that was acknowledged has been settled.</summary>
    public void CheckNothingIsLeft(LoadLoop loop)
    {
        for (var started = Stopwatch.GetTimestamp(); Ask(loop, "waiting") is > 0 and var waiting; loop.Press(s_pause))
            if (Stopwatch.GetElapsedTime(started) > s_patience) throw new BenchmarkException($"{waiting} messages are left in the store");
    }

    private long Ask(LoadLoop loop, string what)
    {
        _answer = -1;
        loop.Connections[0].Send(FrameTemplate.Text($"42{QuestionId}[\"{what}\"]").Bytes);
        if (loop.PressUntil(() => _answer >= 0, s_patience)) return _answer;
        throw new BenchmarkException($"the server does not answer ({what})");
    }

    /// <summary>The number of a message that has come, which it has not before.</summary>
    protected int CountIn(ReadOnlySpan<byte> digits)
    {
        var number = Digits.Parse(digits);
        if (number < 0 || _seen[number]) throw new BenchmarkException($"message {number} came twice");
        _seen[number] = true;
        Delivered++;
        return number;
    }
}
