using System.Text;
using Stork.Bench.Load;

namespace Stork.Bench.Scenarios;

/// <summary>
/// A fixed number of echoes under way that move on from connection to connection, so that all take part however many there are, and the
/// load stays the same.
/// </summary>
/// <param name="inNamespaces">Whether the events go to a namespace, <c>/n0000</c> and so on, besides the main one.</param>
internal abstract class RovingEcho(bool inNamespaces) : IGrowingLoad
{
    private const int UnderWay = 50;
    private const int IdDigits = 6;
    private const int FirstId = 100_000;
    private const int Ids = 900_000;
    private const int NamespaceDigits = 4;
    private const int NamespaceAt = 4;
    private const int AnswerNamespaceAt = 3;

    private static readonly byte[] s_answer = Encoding.ASCII.GetBytes($"[\"{Payload.Text()}\"]");

    private readonly string _prefix = inNamespaces ? "/n0000," : "";
    private readonly FrameTemplate _event = FrameTemplate.Text($"42{(inNamespaces ? "/n0000," : "")}000000[\"echo\",\"{Payload.Text()}\"]");

    // Of each id that is under way: the connection, counted from 1.
    private readonly int[] _sentOn = new int[Ids];
    private LoadLoop _loop = null!;
    private int _next;

    public abstract IReadOnlyList<int> Sizes { get; }

    public long Answered { get; private set; }

    public int Unanswered { get; private set; }

    public bool IsEnding { get; set; }

    /// <summary>Pauses, lets it grow, and goes on.</summary>
    public void Grow(LoadLoop loop, int size)
    {
        _loop = loop;
        IsEnding = true;
        loop.Drain(() => Unanswered);
        GrowQuietly(loop, size);
        IsEnding = false;
        for (var i = 0; i < UnderWay; i++)
            SendNext();
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        if (inNamespaces && packet.StartsWith("0/n"u8))
        {
            OnNamespaceJoined();
            return;
        }

        // 3<id>["<text>"], or 3/n<four digits>,<id>["<text>"]
        var id = 1 + _prefix.Length;
        if (packet.Length != id + IdDigits + s_answer.Length || packet[0] != '3' || !packet.EndsWith(s_answer)
            || (inNamespaces && Digits.Parse(packet.Slice(AnswerNamespaceAt, NamespaceDigits)) != NamespaceOf(connection.Index)))
        {
            throw new BenchmarkException($"wrong answer: {Encoding.UTF8.GetString(packet)}");
        }

        var at = Digits.Parse(packet.Slice(id, IdDigits)) - FirstId;
        if (at < 0 || _sentOn[at] != connection.Index + 1)
            throw new BenchmarkException($"an answer to nothing under way: {Encoding.UTF8.GetString(packet)}");
        _sentOn[at] = 0;
        Answered++;
        Unanswered--;
        if (!IsEnding)
            SendNext();
    }

    protected abstract void GrowQuietly(LoadLoop loop, int size);

    /// <summary>The number of the namespace in which a connection says something.</summary>
    protected virtual int NamespaceOf(int connection) => 0;

    protected virtual void OnNamespaceJoined()
    {
    }

    private void SendNext()
    {
        var at = _next % Ids;
        var connection = _loop.Connections[_next++ % _loop.Connections.Count];
        _sentOn[at] = connection.Index + 1;
        Unanswered++;
        if (inNamespaces)
            _event.SetNumber(NamespaceAt, NamespaceDigits, NamespaceOf(connection.Index));
        _event.SetNumber("42".Length + _prefix.Length, IdDigits, FirstId + at);
        connection.Send(_event.Bytes);
    }
}
