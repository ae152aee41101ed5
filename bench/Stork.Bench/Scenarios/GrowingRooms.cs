using System.Text;
using Stork.Bench.Load;

namespace Stork.Bench.Scenarios;

/// <summary>Broadcasts to small rooms while every connection joins more and more rooms of its own.</summary>
/// <remarks>
/// Ten connections share a small room. A few broadcasts are under way, each to another room; a message is a delivery, and each has to
/// come to the ten, once and in order.
/// </remarks>
internal sealed class GrowingRooms : IGrowingLoad
{
    private const int Connections = 1_000;
    private const int Members = 10;
    private const int SmallRooms = Connections / Members;
    private const int UnderWay = 8;

    private const int JoinId = 1;
    private const int SequenceDigits = 8;
    private const int RoomDigits = 3;
    private const string PublishHead = "42[\"publish-to\",\"small-";
    private const string PublishBetween = "\",\"";

    private static readonly string s_filling = Payload.Text(Payload.Length - SequenceDigits);
    private static readonly byte[] s_newsHead = "2[\"news\",\""u8.ToArray();
    private static readonly byte[] s_newsTail = Encoding.ASCII.GetBytes($"{s_filling}\"]");

    private readonly FrameTemplate _publish = FrameTemplate.Text($"{PublishHead}000{PublishBetween}00000000{s_filling}\"]");
    private readonly int[] _last = new int[Connections];
    private readonly int[] _missing = new int[SmallRooms];
    private LoadLoop _loop = null!;
    private int _roomsEach;
    private int _next;
    private int _joining;

    /// <summary>Rooms on the server, besides the small ones: 1, 10 and 100 for each connection.</summary>
    public IReadOnlyList<int> Sizes => [Connections, 10 * Connections, 100 * Connections];

    public long Answered { get; private set; }

    public int Unanswered { get; private set; }

    public bool IsEnding { get; set; }

    public void Grow(LoadLoop loop, int size)
    {
        _loop = loop;
        IsEnding = true;
        loop.Drain(() => Unanswered);
        if (loop.Connections.Count == 0)
        {
            Array.Fill(_last, -1);
            loop.Open(Connections);
            Join(connection => [$"small-{connection / Members:000}"]);
        }

        var wanted = size / Connections;
        Join(connection => Enumerable.Range(_roomsEach, wanted - _roomsEach).Select(number => $"room-{connection}-{number}"));
        _roomsEach = wanted;
        IsEnding = false;
        for (var i = 0; i < UnderWay; i++)
            PublishNext();
    }

    public void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now)
    {
        if (packet.StartsWith("31["u8))
        {
            _joining--;
            return;
        }

        // 2["news","<8 digits of sequence><filling>"]
        var head = s_newsHead.Length;
        if (packet.Length != head + SequenceDigits + s_newsTail.Length || !packet.StartsWith(s_newsHead) || !packet.EndsWith(s_newsTail))
            throw new BenchmarkException($"wrong broadcast: {Encoding.UTF8.GetString(packet)}");

        var sequence = Digits.Parse(packet.Slice(head, SequenceDigits));
        var room = sequence % SmallRooms;
        if (room != connection.Index / Members || sequence <= _last[connection.Index])
            throw new BenchmarkException($"{connection}: broadcast {sequence} came behind {_last[connection.Index]}");
        _last[connection.Index] = sequence;
        Answered++;
        Unanswered--;
        if (--_missing[room] == 0 && !IsEnding)
            PublishNext();
    }

    private void Join(Func<int, IEnumerable<string>> rooms)
    {
        foreach (var connection in _loop.Connections)
        {
            foreach (var room in rooms(connection.Index))
            {
                _joining++;
                connection.Send(FrameTemplate.Text($"42{JoinId}[\"join\",\"{room}\"]").Bytes);
            }
        }

        _loop.Drain(() => _joining);
    }

    private void PublishNext()
    {
        // A room whose last broadcast is still on its way is passed over.
        while (_missing[_next % SmallRooms] > 0)
            _next++;
        var room = _next % SmallRooms;
        _missing[room] = Members;
        Unanswered += Members;
        _publish.SetNumber(PublishHead.Length, RoomDigits, room);
        _publish.SetNumber(PublishHead.Length + RoomDigits + PublishBetween.Length, SequenceDigits, _next++);
        _loop.Connections[room * Members].Send(_publish.Bytes);
    }
}
