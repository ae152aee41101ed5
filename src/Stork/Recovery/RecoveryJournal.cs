using Stork.Recovery.Journal;
using Stork.Wire;

namespace Stork.Recovery;

/// <summary>Writes down what happens, in the order in which it happens. Without a file it does nothing.</summary>
/// <remarks>The log's lock guards it.</remarks>
internal sealed class RecoveryJournal(RecoveryFile? file)
{
    private readonly RecordBuffer _record = new();
    private readonly Action? _writeOut = file is null ? null : file.WriteOut;

    public void Write(NamespaceTrails trails) => Write(Start(RecordKind.Namespace).Text(trails.Name).Number(trails.Everybody.ForgottenTo));

    /// <summary>Writes a new session down.</summary>
    public void Write(Session session)
    {
        if (file is null) return;
        _record.Clear();
        RecoveryRecords.WriteSession(_record, session);
        Append();
    }

    public void Write(LoggedEvent logged)
    {
        if (file is null) return;
        _record.Clear();
        RecoveryRecords.WriteEvent(_record, logged);
        Append();
    }

    public void WriteJoin(Session session, string room, long position) => WriteMove(RecordKind.Join, session, room, position);

    public void WriteLeave(Session session, string room, long position) => WriteMove(RecordKind.Leave, session, room, position);

    public void WriteData(Session session, string name, DataState state, byte[]? json) =>
        Write(Start(RecordKind.Data).Key(session.Key).Text(name).Byte((byte)state).Bytes(json));

    public void WriteAway(Session session) => Write(Start(RecordKind.Away).Key(session.Key).Number(session.AwaySince));

    public void WriteBack(Session session) => Write(Start(RecordKind.Back).Key(session.Key).Text(session.SocketId));

    public void WriteEnd(Session session) => Write(Start(RecordKind.End).Key(session.Key));

    /// <summary>Ends the file in order: everything is on the disk when this returns, for the next process to go on from.</summary>
    public void Close(long now)
    {
        if (file is null) return;
        Start(RecordKind.Closed).Number(now).End();
        file.Close(_record.Written.Span);
    }

    private void WriteMove(RecordKind kind, Session session, string room, long position) =>
        Write(Start(kind).Key(session.Key).Text(room).Number(position));

    private RecordBuffer Start(RecordKind kind)
    {
        _record.Clear();
        return _record.Begin(kind);
    }

    private void Write(RecordBuffer record)
    {
        record.End();
        Append();
    }

    /// <summary>If no output takes the record along, it is written when the batch ends.</summary>
    private void Append()
    {
        if (file is null) return;
        file.Append(_record.Written.Span);
        if (OutputBatch.Current is { } batch) batch.RunAfterFlush(_writeOut!);
        else _writeOut!();
    }
}
