using Stork.Wire;

namespace Stork.Recovery.Journal;

/// <summary>The layout of the larger records.</summary>
internal static class RecoveryRecords
{
    /// <summary>Version of the format; another one is not read.</summary>
    public const uint Version = 1;

    private const byte RoomMark = 0;
    private const byte SessionMark = 1;
    private const byte EverybodyMark = 2;

    /// <summary>
    /// <c>key u128 | namespace text | socket id text | identity u128 | start i64 | complete from i64 | forgotten of its own i64
    /// | away since i64 (-1: connected)
    /// | rooms u32, each: room text, joined i64, forgotten to i64
    /// | former rooms u32, each: room text, joined i64, left i64, forgotten to i64
    /// | data u32, each: name text, state u8, JSON bytes</c>.
    /// </summary>
    public static void WriteSession(RecordBuffer to, Session session)
    {
        to.Begin(RecordKind.Session).Key(session.Key).Text(session.Namespace.Name).Text(session.SocketId).Key(session.Identity)
            .Number(session.Start).Number(session.CompleteFrom).Number(session.Own.ForgottenTo)
            .Number(session.AwayNode is null ? Session.Connected : session.AwaySince);
        to.Number((uint)session.Rooms.Count);
        foreach (var (name, membership) in session.Rooms) to.Text(name).Number(membership.Joined).Number(membership.Room.ForgottenTo);
        to.Number((uint)session.Former.Count);
        foreach (var former in session.Former)
            to.Text(former.Room.Room!).Number(former.Joined).Number(former.Left).Number(former.Room.ForgottenTo);
        to.Number((uint)session.Stored.Count);
        foreach (var (name, json) in session.Stored.Values)
            to.Text(name).Byte((byte)(json is null ? DataState.Unwritable : DataState.Json)).Bytes(json);
        to.End();
    }

    /// <summary>
    /// <c>sequence i64 | time i64 | namespace text | trails u32, each: mark u8, room text or key u128 | except u32, alike
    /// | flags u8 | is binary u8 | payload bytes | attachments u32, each: bytes</c>.
    /// </summary>
    public static void WriteEvent(RecordBuffer to, LoggedEvent logged)
    {
        to.Begin(RecordKind.Event).Number(logged.Sequence).Number(logged.Time).Text(logged.Namespace.Name);
        WriteTrails(to, logged.Trails);
        WriteTrails(to, logged.Except);
        var packet = logged.Packet;
        to.Byte((byte)packet.Flags).Byte((byte)(packet.First.IsBinary ? 1 : 0)).Bytes(packet.First.Payload)
            .Number((uint)packet.Attachments.Length);
        foreach (var attachment in packet.Attachments) to.Bytes(attachment.Payload);
        to.End();
    }

    /// <summary>Reads the trails of an event. Sessions that are over are left out: nobody else looks at what was theirs.</summary>
    public static EventTrail[] ReadTrails(ref RecordReader from, NamespaceTrails nsp, IReadOnlyDictionary<UInt128, Session> sessions)
    {
        var trails = new List<EventTrail>();
        for (var left = from.Count(); left > 0; left--)
        {
            var mark = from.Byte();
            if (mark == EverybodyMark) trails.Add(nsp.Everybody);
            else if (mark == RoomMark && nsp.Find(from.Text()) is { } room) trails.Add(room);
            else if (mark == SessionMark && sessions.TryGetValue(from.Key(), out var session)) trails.Add(session.Own);
        }

        return [.. trails];
    }

    public static EncodedPacket ReadPacket(ref RecordReader from)
    {
        var flags = (PacketFlags)from.Byte();
        var isBinary = from.Byte() != 0;
        var payload = from.Bytes();
        var first = isBinary ? EncodedFrame.Binary(payload) : EncodedFrame.Text(EnginePacketType.Message, payload[1..]);
        var attachments = new EncodedFrame[from.Count()];
        for (var i = 0; i < attachments.Length; i++) attachments[i] = EncodedFrame.Binary(from.Bytes());
        return new EncodedPacket(first, attachments, flags);
    }

    private static void WriteTrails(RecordBuffer to, EventTrail[] trails)
    {
        to.Number((uint)trails.Length);
        foreach (var trail in trails)
        {
            if (trail.Receiver is { } session) to.Byte(SessionMark).Key(session.Key);
            else if (trail.Room is { } room) to.Byte(RoomMark).Text(room);
            else to.Byte(EverybodyMark);
        }
    }
}
