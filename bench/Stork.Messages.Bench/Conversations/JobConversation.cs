using System.Text;
using Stork.Bench.Load;

namespace Stork.Messages.Bench.Conversations;

/// <summary>Clients that hand jobs in, each an event with an acknowledgement, and clients that work on them.</summary>
internal sealed class JobConversation : Conversation
{
    public const int Producers = 8;
    public const int Workers = 4;
    public const int JobsAtAWorker = 256;

    private const string Head = "[\"job\",{\"number\":\"";
    private const string Between = "\",\"at\":\"";

    private static readonly byte[] s_deliveredHead = "[\"jobs\",{\"number\":\""u8.ToArray();
    private static readonly byte[] s_tail = Encoding.ASCII.GetBytes($"\",\"text\":\"{Text}\"}}]");
    private static readonly FrameTemplate s_workerJoins = FrameTemplate.Text($"40{{\"jobs\":{JobsAtAWorker}}}");

    private readonly FrameTemplate _job = FrameTemplate.Text(
        $"42{FirstId}{Head}{new string('0', NumberDigits)}{Between}{new string('0', StampDigits)}{Encoding.ASCII.GetString(s_tail)}");

    private int _sent;
    private int _stored;

    public Durations Latency { get; } = new();

    public int UnderWay => (int)(_sent - Math.Min(Delivered, _stored));

    public override ReadOnlySpan<byte> Join(int connection) => connection < Producers ? base.Join(connection) : s_workerJoins.Bytes;

    /// <summary>
    /// Hands in so many, in turn over the producers, each stamped with the same moment. What a producer hands in at once leaves with one
    /// write, as a batch of a broker's client does.
    /// </summary>
    public void Send(LoadLoop loop, int jobs, long at)
    {
        if (jobs <= 0) return;
        var end = _sent + jobs;
        for (var first = _sent; first < Math.Min(end, _sent + Producers); first++)
        {
            var producer = loop.Connections[first % Producers];
            for (var number = first; number < end; number += Producers) producer.Write(Describe(number, at));
            producer.SendWritten();
        }

        _sent = end;
    }

    public override void OnEvent(Connection connection, ReadOnlySpan<byte> array, int id, long now)
    {
        var (number, at) = (s_deliveredHead.Length, s_deliveredHead.Length + NumberDigits + Between.Length);
        if (array.Length != at + StampDigits + s_tail.Length || !array.StartsWith(s_deliveredHead) || !array.EndsWith(s_tail))
            throw new BenchmarkException($"a wrong job came: {Encoding.UTF8.GetString(array)}");
        CountIn(array.Slice(number, NumberDigits));
        Latency.Record(now - SocketPacket.Number(array.Slice(at, StampDigits)));
        SocketPacket.Acknowledge(connection, id);
    }

    public override void OnAcknowledgement(Connection connection, ReadOnlySpan<byte> array, int id, long now)
    {
        if (!array.StartsWith("[{\"status\":\"ok\""u8))
            throw new BenchmarkException($"a job was refused: {Encoding.UTF8.GetString(array)}");
        _stored++;
    }

    private ReadOnlySpan<byte> Describe(int job, long at)
    {
        var number = 2 + NumberDigits + Head.Length;
        var stamp = number + NumberDigits + Between.Length;
        _job.SetNumber(2, NumberDigits, FirstId + job);
        _job.SetNumber(number, NumberDigits, job);
        _job.SetNumber(stamp, StampDigits, at);
        return _job.Bytes;
    }
}
