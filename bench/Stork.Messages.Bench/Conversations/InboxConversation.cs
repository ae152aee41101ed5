using System.Text;
using Stork.Bench.Load;

namespace Stork.Messages.Bench.Conversations;

/// <summary>
/// Clients that get messages from their inboxes and acknowledge each, and some that ask for them or send them.
/// The first connections are the senders, the others are the users.
/// </summary>
internal sealed class InboxConversation(int users, int senders, bool isSettlementAsked) : Conversation
{
    /// <summary>For one of so many messages, its client asks whether the store has taken its acknowledgement.</summary>
    private const int SettlementEvery = 64;

    private const int UserDigits = 5;
    private const string Head = "[\"note\",\"u";
    private const string Between = "\",\"";

    private static readonly byte[] s_head = Encoding.ASCII.GetBytes(Head);
    private static readonly byte[] s_tail = Encoding.ASCII.GetBytes($"\",\"{Text}\"]");

    private readonly FrameTemplate _note = FrameTemplate.Text(
        $"42{FirstId}{Head}{new string('0', UserDigits)}{Between}{new string('0', NumberDigits)}{Between}{new string('0', StampDigits)}"
        + Encoding.ASCII.GetString(s_tail));

    private readonly FrameTemplate _join = FrameTemplate.Text($"40{{\"user\":\"u{new string('0', UserDigits)}\"}}");
    private readonly FrameTemplate _question = FrameTemplate.Text($"42{FirstId}[\"settled\"]");
    private readonly int[] _last = [.. Enumerable.Repeat(-1, users)];
    private readonly Dictionary<int, long> _asked = [];
    private int _sent;

    public Durations Received { get; } = new();

    public Durations Settled { get; } = new();

    public int UnderWay => (int)(_sent - Delivered);

    /// <summary>Called with the index of a user whose client is about to connect.</summary>
    public Action<int>? Connecting { get; init; }

    /// <summary>Called with the index of a user whose client got something, and when.</summary>
    public Action<int, long>? OnUser { get; init; }

    public override void OnConnecting(int connection) => Connecting?.Invoke(connection - senders);

    public override ReadOnlySpan<byte> Join(int connection)
    {
        if (connection < senders) return base.Join(connection);
        _join.SetNumber("40{\"user\":\"u".Length, UserDigits, connection - senders);
        return _join.Bytes;
    }

    /// <summary>Has the server emit the next messages.</summary>
    public void Ask(LoadLoop loop, int messages, string command = "emit", int id = -1)
    {
        var packet = $"42{(id < 0 ? "" : id)}[\"{command}\",{_sent},{messages},{users}]";
        loop.Connections[_sent % senders].Send(FrameTemplate.Text(packet).Bytes);
        _sent += messages;
    }

    /// <summary>
    /// Sends the next messages as events of clients, in turn over the senders, which the server stores in inboxes. What a sender has to
    /// send at once leaves with one write, as a batch of a broker's client does.
    /// </summary>
    public void Send(LoadLoop loop, int messages, long at)
    {
        if (messages <= 0) return;
        var end = _sent + messages;
        for (var first = _sent; first < Math.Min(end, _sent + senders); first++)
        {
            var sender = loop.Connections[first % senders];
            for (var number = first; number < end; number += senders) sender.Write(Describe(number, at));
            sender.SendWritten();
        }

        _sent = end;
    }

    public override void OnEvent(Connection connection, ReadOnlySpan<byte> array, int id, long now)
    {
        var number = s_head.Length + UserDigits + Between.Length;
        var stamp = number + NumberDigits + Between.Length;
        if (array.Length != stamp + StampDigits + s_tail.Length || !array.StartsWith(s_head) || !array.EndsWith(s_tail))
            throw new BenchmarkException($"a wrong message came: {Encoding.UTF8.GetString(array)}");
        var user = connection.Index - senders;
        var sequence = CountIn(array.Slice(number, NumberDigits));
        if (sequence % users != user || sequence <= _last[user])
            throw new BenchmarkException($"user {user} got message {sequence} behind {_last[user]}");
        _last[user] = sequence;
        var at = SocketPacket.Number(array.Slice(stamp, StampDigits));
        Received.Record(now - at);
        OnUser?.Invoke(user, now);
        if (id < 0) return;
        SocketPacket.Acknowledge(connection, id);
        if (!isSettlementAsked || sequence / users % SettlementEvery != user % SettlementEvery) return;
        _asked[FirstId + sequence] = at;
        _question.SetNumber(2, NumberDigits, FirstId + sequence);
        connection.Write(_question.Bytes);
    }

    public override void OnAcknowledgement(Connection connection, ReadOnlySpan<byte> array, int id, long now)
    {
        if (connection.Index >= senders)
            Settled.Record(_asked.Remove(id, out var at) ? now - at : throw new BenchmarkException("an answer to nothing came"));
        else if (id < FirstId || array.StartsWith("[{\"status\":\"ok\""u8))
            Confirmed++;
        else
            throw new BenchmarkException($"a message was refused: {Encoding.UTF8.GetString(array)}");
    }

    /// <summary>Events of senders that were acknowledged.</summary>
    public int Confirmed { get; private set; }

    private ReadOnlySpan<byte> Describe(int message, long at)
    {
        var user = 2 + NumberDigits + Head.Length;
        var number = user + UserDigits + Between.Length;
        var stamp = number + NumberDigits + Between.Length;
        _note.SetNumber(2, NumberDigits, FirstId + message);
        _note.SetNumber(user, UserDigits, message % users);
        _note.SetNumber(number, NumberDigits, message);
        _note.SetNumber(stamp, StampDigits, at);
        return _note.Bytes;
    }
}
