using System.Buffers.Binary;
using System.Text.Json;
using Stork.Recovery.Journal;

namespace Stork.Recovery;

// The log on disk: read back at the start, rewritten when it has grown.
internal sealed partial class RecoveryLog
{
    /// <summary>Numbers left out after a restart, so that none is used twice that may have been given out unwritten.</summary>
    private const long SequenceGap = 1L << 20;

    private const int DraftChunk = 256 * 1024;

    /// <summary>Reads what the former process left, if all of it is there. What is not certain is not used: its clients connect anew.</summary>
    private void Load(RecoveryFile file)
    {
        try
        {
            var bytes = file.ReadAll();
            if (bytes.Length == 0) return;
            if (!IsTrusted(bytes, out var closedAt))
            {
                Log.RecoveryJournalNotUsed(Logger, "the machine was started anew, and the journal was not closed before");
                return;
            }

            var events = new List<Range>();
            foreach (var range in Records(bytes))
            {
                if ((RecordKind)bytes[range.Start.Value] == RecordKind.Event) events.Add(range);
                else Apply(bytes.AsSpan(range));
            }

            foreach (var range in events) ApplyEvent(new RecordReader(bytes.AsSpan(range)[1..]));
            CompleteLoading();
            if (closedAt is { } length) file.Reopen(length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
        {
            Log.RecoveryJournalNotUsed(Logger, exception.Message);
            Reset();
        }
    }

    /// <summary>Whether nothing can be missing: it was written in this run of the machine, or closed and synced.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="closedAt">Where the record begins that closes it; null: it was not closed.</param>
    private static bool IsTrusted(byte[] bytes, out int? closedAt)
    {
        closedAt = null;
        var records = Records(bytes).ToList();
        if (records.Count == 0) return false;
        var header = new RecordReader(bytes.AsSpan(records[0])[1..]);
        if ((RecordKind)bytes[records[0].Start.Value] != RecordKind.Header || header.Count() != RecoveryRecords.Version)
            throw new InvalidDataException("It was written by another version.");
        var isOfThisRun = header.Text() is { Length: > 0 } run && run == BootId.Current;
        var last = records[^1];
        if ((RecordKind)bytes[last.Start.Value] == RecordKind.Closed && last.End.Value == bytes.Length) closedAt = last.Start.Value - RecordBuffer.PrefixLength;
        return isOfThisRun || closedAt is not null;
    }

    /// <summary>The bodies of the records. The last one may be cut off by the end of the process that wrote it; nobody was told of it.</summary>
    /// <exception cref="InvalidDataException">A record is not what was written.</exception>
    private static IEnumerable<Range> Records(byte[] bytes)
    {
        for (var at = 0; bytes.Length - at >= RecordBuffer.PrefixLength;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
            var checksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4));
            at += RecordBuffer.PrefixLength;
            if (length > bytes.Length - at) yield break;
            if (length == 0 || RecordBuffer.Checksum(bytes.AsSpan(at, (int)length)) != checksum)
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
                _offsets.Dispose();
                _offsets = new OffsetCodec(record.Bytes());
                _clockBase = record.Number();
                _sequence = record.Number();
                return;
            case RecordKind.Closed:
                _clockBase = Math.Max(_clockBase, record.Number());
                return;
            case RecordKind.Namespace:
                var everybody = Trails(record.Text()).Everybody;
                everybody.ForgottenTo = Reached(Math.Max(everybody.ForgottenTo, record.Number()));
                return;
            case RecordKind.Session:
                ApplySession(ref record);
                return;
        }

        if (!_sessions.TryGetValue(record.Key(), out var session)) return;
        switch (kind)
        {
            case RecordKind.Join:
                session.Join(record.Text(), Reached(record.Number()));
                break;
            case RecordKind.Leave:
                session.Leave(record.Text(), Reached(record.Number()), forgottenTo: 0);
                break;
            case RecordKind.Data:
                ApplyData(session, record.Text(), (DataState)record.Byte(), record.Bytes());
                break;
            case RecordKind.Away:
                session.AwaySince = record.Number();
                session.AwayNode ??= new LinkedListNode<Session>(session);
                _clockBase = Math.Max(_clockBase, session.AwaySince);
                break;
            case RecordKind.Back:
                session.AwayNode = null;
                session.Namespace.Sessions.Remove(session.SocketId);
                session.SocketId = record.Text();
                session.Namespace.Sessions[session.SocketId] = session;
                break;
            case RecordKind.End:
                _sessions.Remove(session.Key);
                session.Namespace.Sessions.Remove(session.SocketId);
                session.End();
                break;
            default:
                throw new InvalidDataException($"A record of kind {kind} is unknown.");
        }
    }

    private void ApplySession(ref RecordReader record)
    {
        var key = record.Key();
        var nsp = Trails(record.Text());
        var socketId = record.Text();
        var session = new Session(nsp, key, record.Key(), socketId, Reached(record.Number())) { CompleteFrom = record.Number() };
        session.Own.ForgottenTo = Reached(record.Number());
        session.AwaySince = record.Number();
        if (session.AwaySince >= 0) session.AwayNode = new LinkedListNode<Session>(session);
        for (var left = record.Count(); left > 0; left--)
        {
            var room = record.Text();
            session.Join(room, Reached(record.Number()));
            Forgotten(nsp.Open(room), record.Number());
        }

        for (var left = record.Count(); left > 0; left--)
        {
            var room = record.Text();
            session.AddFormer(room, record.Number(), Reached(record.Number()));
            Forgotten(nsp.Open(room), record.Number());
        }

        for (var left = record.Count(); left > 0; left--) ApplyData(session, record.Text(), (DataState)record.Byte(), record.Bytes());
        _sessions[key] = session;
        nsp.Sessions[socketId] = session;

        void Forgotten(EventTrail trail, long to) => trail.ForgottenTo = Reached(Math.Max(trail.ForgottenTo, to));
    }

    private static void ApplyData(Session session, string name, DataState state, ReadOnlySpan<byte> json) =>
        session.Stored.Set(name, state, state == DataState.Json ? json.ToArray() : null);

    private void ApplyEvent(RecordReader record)
    {
        var sequence = Reached(record.Number());
        var time = record.Number();
        _clockBase = Math.Max(_clockBase, time);
        var nsp = Trails(record.Text());
        var trails = RecoveryRecords.ReadTrails(ref record, nsp, _sessions);
        var except = RecoveryRecords.ReadTrails(ref record, nsp, _sessions);
        if (trails.Length == 0) return;
        var packet = RecoveryRecords.ReadPacket(ref record);
        if (packet.Attachments.Length > _server.Serializer.MaxAttachments)
        {
            // An earlier version kept it. A client that is sent it ends the connection: better that those behind it begin anew.
            foreach (var trail in trails) trail.ForgottenTo = Math.Max(trail.ForgottenTo, sequence);
            return;
        }

        var logged = new LoggedEvent(sequence, time, nsp, packet, trails, except);
        _events.Enqueue(logged);
        _bytes += Weight(logged);
        foreach (var trail in trails) trail.Add(logged);
    }

    private long Reached(long sequence)
    {
        _sequence = Math.Max(_sequence, sequence);
        return sequence;
    }

    /// <summary>Everybody who was connected is away since the former process ended, which on this clock is now.</summary>
    private void CompleteLoading()
    {
        _sequence += SequenceGap;
        foreach (var session in _sessions.Values.ToList())
        {
            if (session.Stored.IsUnwritable) End(session);
            else Return(session);
        }

        foreach (var session in _sessions.Values.OrderBy(static session => session.AwaySince)) _away.Add(session);
        while (_away.IsOverLimit) End(_away.Longest!);
        Forget();
        Log.RecoveryJournalLoaded(Logger, _sessions.Count, _events.Count);
    }

    private void Return(Session session)
    {
        if (session.AwayNode is null)
        {
            session.AwaySince = _clockBase;
            session.AwayNode = new LinkedListNode<Session>(session);
        }

        if (session.Stored.Count == 0) return;
        session.Data = new SessionData(_gate, _dataRecorder);
        session.Data.Restore(session);
    }

    private void Reset()
    {
        _namespaces.Clear();
        _sessions.Clear();
        _away.Clear();
        _events.Clear();
        (_sequence, _bytes, _clockBase, _forgottenTo) = (0, 0, 0, 0);
        _offsets.Dispose();
        _offsets = new OffsetCodec(OffsetCodec.NewSecret());
    }

    /// <summary>Writes a new file with what is wanted. Events are written while others come; what changes meanwhile follows behind them.</summary>
    private void Rewrite(RecoveryFile file)
    {
        try
        {
            var draft = new RecordBuffer();
            LoggedEvent[] events;
            lock (_gate)
            {
                if (_isClosed) return;
                file.BeginRewrite();
                draft.Begin(RecordKind.Header).Number(RecoveryRecords.Version).Text(BootId.Current).Bytes(_offsets.Secret).Number(Now).Number(_sequence).End();
                foreach (var nsp in _namespaces.Values) draft.Begin(RecordKind.Namespace).Text(nsp.Name).Number(nsp.Everybody.ForgottenTo).End();
                foreach (var session in _sessions.Values) RecoveryRecords.WriteSession(draft, session);
                events = [.. _events];
            }

            foreach (var logged in events)
            {
                if (draft.Length >= DraftChunk) Flush();
                RecoveryRecords.WriteEvent(draft, logged);
            }

            Flush();
            file.EndRewrite();

            void Flush()
            {
                file.WriteDraft(draft.Written.Span);
                draft.Clear();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file.AbandonRewrite();
            if (!file.IsOpen) file.Discard();
            OnJournalFailed(exception);
        }
        catch
        {
            file.AbandonRewrite();
            throw;
        }
    }
}
