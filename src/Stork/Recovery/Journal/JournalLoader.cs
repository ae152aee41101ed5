using System.Buffers.Binary;

namespace Stork.Recovery.Journal;

/// <summary>Reads what the former process left, if all of it is there. What is not certain is not used: its clients connect anew.</summary>
/// <remarks>
/// Sessions first, in the order in which they were written, then events: an event names rooms by the sessions that look at them, and
/// a rewritten file has all sessions ahead of the events.
/// </remarks>
internal sealed class JournalLoader(RecoveryState into, string bootId, int maxAttachments)
{
    private readonly EventHistory _history = into.History;

    /// <summary>Takes in what is in a file.</summary>
    /// <param name="bytes">The file.</param>
    /// <returns>False if some of it may be missing.</returns>
    /// <exception cref="InvalidDataException">It is damaged, or of another version.</exception>
    public bool TryLoad(byte[] bytes)
    {
        if (!IsTrusted(bytes)) return false;
        var events = new List<Range>();
        foreach (var range in Records(bytes))
        {
            if ((RecordKind)bytes[range.Start.Value] == RecordKind.Event) events.Add(range);
            else Apply(bytes.AsSpan(range));
        }

        foreach (var range in events) ApplyEvent(new RecordReader(bytes.AsSpan(range)[1..]));
        return true;
    }

    /// <summary>Whether nothing can be missing: it was written in this run of the machine, or closed and synced.</summary>
    private bool IsTrusted(byte[] bytes)
    {
        var records = Records(bytes).ToList();
        if (records.Count == 0) return false;
        var header = new RecordReader(bytes.AsSpan(records[0])[1..]);
        if ((RecordKind)bytes[records[0].Start.Value] != RecordKind.Header || header.Count() != RecoveryRecords.Version)
            throw new InvalidDataException("It was written by another version.");
        var isOfThisRun = header.Text() is { Length: > 0 } run && run == bootId;
        var last = records[^1];
        var isClosed = (RecordKind)bytes[last.Start.Value] == RecordKind.Closed && last.End.Value == bytes.Length;
        return isOfThisRun || isClosed;
    }

    /// <summary>
    /// The bodies of the records. The last one may be cut off by the end of the process that wrote it; nobody was told of it.
    /// </summary>
    /// <exception cref="InvalidDataException">A record is not what was written.</exception>
    private static IEnumerable<Range> Records(byte[] bytes)
    {
        for (var at = 0; bytes.Length - at >= RecordBuffer.PrefixLength;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
            var checksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4));
            at += RecordBuffer.PrefixLength;
            if (length > bytes.Length - at) yield break;
            if (length == 0 || Crc32C.Of(bytes.AsSpan(at, (int)length)) != checksum)
                throw new InvalidDataException($"The record at {at} is damaged.");
            yield return at..(at + (int)length);
            at += (int)length;
        }
    }

    private void Apply(ReadOnlySpan<byte> body)
    {
        var record = new RecordReader(body[1..]);
        var kind = (RecordKind)body[0];
        switch (kind)
        {
            case RecordKind.Header:
                _ = record.Count();
                _ = record.Bytes();
                var secret = record.Bytes();
                into.Clock.Reach(record.Number());
                _history.Continue(secret, record.Number());
                return;
            case RecordKind.Closed:
                into.Clock.Reach(record.Number());
                return;
            case RecordKind.Namespace:
                Forget(into.Namespaces.GetOrAdd(record.Text()).Everybody, record.Number());
                return;
            case RecordKind.Session:
                ApplySession(ref record);
                return;
        }

        if (into.Sessions.ByKey.TryGetValue(record.Key(), out var session)) ApplyChange(session, kind, ref record);
    }

    private void ApplyChange(Session session, RecordKind kind, ref RecordReader record)
    {
        switch (kind)
        {
            case RecordKind.Join:
                session.Join(record.Text(), _history.Reach(record.Number()));
                break;
            case RecordKind.Leave:
                session.Leave(record.Text(), _history.Reach(record.Number()), forgottenTo: 0);
                break;
            case RecordKind.Data:
                ApplyData(session, ref record);
                break;
            case RecordKind.Away:
                session.AwaySince = record.Number();
                into.Clock.Reach(session.AwaySince);
                break;
            case RecordKind.Back:
                session.AwaySince = Session.Connected;
                session.Namespace.Sessions.Remove(session.SocketId);
                session.SocketId = record.Text();
                session.Namespace.Sessions[session.SocketId] = session;
                break;
            case RecordKind.End:
                into.Sessions.Unload(session);
                break;
            default:
                throw new InvalidDataException($"A record of kind {kind} is unknown.");
        }
    }

    private void ApplySession(ref RecordReader record)
    {
        var key = record.Key();
        var nsp = into.Namespaces.GetOrAdd(record.Text());
        var socketId = record.Text();
        var session = new Session(nsp, key, record.Key(), socketId, _history.Reach(record.Number())) { CompleteFrom = record.Number() };
        session.Own.ForgottenTo = _history.Reach(record.Number());
        session.AwaySince = record.Number();
        for (var left = record.Count(); left > 0; left--)
        {
            var room = record.Text();
            session.Join(room, _history.Reach(record.Number()));
            Forget(nsp.Open(room), record.Number());
        }

        for (var left = record.Count(); left > 0; left--)
        {
            var room = record.Text();
            session.AddFormer(room, record.Number(), _history.Reach(record.Number()));
            Forget(nsp.Open(room), record.Number());
        }

        for (var left = record.Count(); left > 0; left--) ApplyData(session, ref record);
        into.Sessions.Load(session);
    }

    private static void ApplyData(Session session, ref RecordReader record)
    {
        var name = record.Text();
        var state = (DataState)record.Byte();
        var json = record.Bytes();
        session.Stored.Set(name, state, state == DataState.Json ? json.ToArray() : null);
    }

    private void ApplyEvent(RecordReader record)
    {
        var sequence = _history.Reach(record.Number());
        var time = record.Number();
        into.Clock.Reach(time);
        var nsp = into.Namespaces.GetOrAdd(record.Text());
        var trails = RecoveryRecords.ReadTrails(ref record, nsp, into.Sessions.ByKey);
        var except = RecoveryRecords.ReadTrails(ref record, nsp, into.Sessions.ByKey);
        if (trails.Length == 0) return;
        var packet = RecoveryRecords.ReadPacket(ref record);
        if (packet.Attachments.Length > maxAttachments)
        {
            // An earlier version kept it. A client that is sent it ends the connection: better that those behind it begin anew.
            foreach (var trail in trails) trail.ForgottenTo = Math.Max(trail.ForgottenTo, sequence);
            return;
        }

        _history.Load(new LoggedEvent(sequence, time, nsp, packet, trails, except));
    }

    private void Forget(EventTrail trail, long to) => trail.ForgottenTo = _history.Reach(Math.Max(trail.ForgottenTo, to));
}
