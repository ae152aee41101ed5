using Microsoft.Extensions.Logging;
using Stork.Wire;
using Stork.Recovery.Journal;
using Stork.SocketIO.Sessions;
using Stork.Timing;

namespace Stork.Recovery;

/// <summary>
/// What a server remembers for clients that lose their connection: the events of the last minutes, in one order over all namespaces, and the sessions,
/// with the rooms each was in from when to when. Written down when things happen, not when a client leaves, because a server that is killed sees
/// nobody leave.
/// </summary>
/// <remarks>
/// <para>An event is numbered, logged, and put into the output of every connection concerned under one lock, so that on each connection the offsets only
/// rise: whoever has seen an offset has seen everything before it that was meant for it. The bytes leave outside of the lock, at the end of the turn,
/// behind the journal's write.</para>
/// <para>Each room, each namespace and each session has a trail of its own events, so what a client missed is found without looking at what others
/// missed. A trail also knows how far it has been forgotten: a client is told that it recovered only if nothing on its trails is missing.</para>
/// <para>Locks: <c>_gate</c> before those of sockets, adapters and connections, never the other way round.</para>
/// </remarks>
internal sealed partial class RecoveryLog : WheelEntry, ISessionLog
{
    private static readonly TimeSpan LongestSweepInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly ConnectionStateRecoveryOptions _options;
    private readonly SocketIOServer _server;
    private readonly Func<Socket, ValueTask<(bool IsKnown, string? Name)>> _identify;
    private readonly Dictionary<string, NamespaceTrails> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<UInt128, Session> _sessions = [];
    private readonly AwaySessions _away;
    private readonly Queue<LoggedEvent> _events = new();
    private readonly SemaphoreSlim _replays;
    private readonly RecordBuffer _record = new();
    private readonly DataRecorder? _dataRecorder;
    private readonly RecoveryFile? _file;
    private readonly Action? _writeOut;
    private readonly long _retention;
    private readonly long _opened;
    private OffsetCodec _offsets = new(OffsetCodec.NewSecret());
    private long _clockBase;
    private long _sequence;
    private long _forgottenTo;
    private long _bytes;
    private int _isSweeping;
    private bool _isClosed;

    /// <param name="server">The server whose clients come back.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="identify">Asks the application who a socket is, unless the options say it: whether that is known, and the name, null for nobody.</param>
    /// <param name="directory">Where to write things down; null: nowhere.</param>
    public RecoveryLog(
        SocketIOServer server,
        ConnectionStateRecoveryOptions options,
        Func<Socket, ValueTask<(bool IsKnown, string? Name)>> identify,
        string? directory)
    {
        _server = server;
        _identify = identify;
        _options = options;
        _away = new AwaySessions(options.MaxSessions, server.Options.MaxRoomBytes);
        _replays = new SemaphoreSlim(options.MaxConcurrentReplays);
        _opened = server.Engine.Time.GetTimestamp();
        // A client may be gone for two heartbeats before the server notices and its session's time begins.
        var engine = server.Engine.Options;
        _retention = (long)(options.MaxDisconnectionDuration + engine.PingInterval + (2 * engine.PingTimeout)).TotalMilliseconds;
        if (directory is not null)
        {
            _dataRecorder = new DataRecorder(this, server.Serializer.Options, options.MaxDataBytes, server.Logger);
            _file = new RecoveryFile(directory, OnJournalFailed);
            Load(_file);
            Rewrite(_file);
            server.Engine.BeforeOutput = _writeOut = _file.WriteOut;
        }

        ScheduleSweep();
    }

    /// <summary>The sessions that are kept, connected or not.</summary>
    public int SessionCount
    {
        get
        {
            lock (_gate) return _sessions.Count;
        }
    }

    /// <summary>The namespaces that are known, there or not.</summary>
    public int NamespaceCount
    {
        get
        {
            lock (_gate) return _namespaces.Count;
        }
    }

    /// <summary>The events that are kept.</summary>
    public int EventCount
    {
        get
        {
            lock (_gate) return _events.Count;
        }
    }

    private TimeProvider Time => _server.Engine.Time;

    private ILogger Logger => _server.Logger;

    /// <summary>Milliseconds on a clock that only runs while a server does: nobody's time is used up while there is none to come back to.</summary>
    private long Now => _clockBase + (long)Time.GetElapsedTime(_opened).TotalMilliseconds;

    public INamespaceSessions Attach(string name)
    {
        lock (_gate)
        {
            var trails = Trails(name);
            trails.IsAttached = true;
            return new NamespaceLog(this, trails);
        }
    }

    /// <summary>A namespace that was made on demand is about to be dropped; false while somebody may come back to it.</summary>
    public bool TryDetach(NamespaceTrails trails)
    {
        lock (_gate)
        {
            if (trails.Sessions.Count > 0) return false;
            trails.IsAttached = false;
            if (trails.Everybody.Count == 0) _namespaces.Remove(trails.Name);
            return true;
        }
    }

    /// <summary>Namespaces of an earlier run whose clients have not come back yet are not there: their sessions cannot be recovered completely any more.</summary>
    public void MissOut()
    {
        lock (_gate)
        {
            foreach (var trails in _namespaces.Values)
            {
                if (trails.IsAttached) continue;
                trails.Everybody.ForgottenTo = ++_sequence;
                Write(StartRecord(RecordKind.Namespace).Text(trails.Name).Number(_sequence));
            }
        }
    }

    internal override void OnDue()
    {
        // Not on the wheel's own time: others wait for it.
        ThreadPool.UnsafeQueueUserWorkItem(static log => log.Sweep(), this, preferLocal: false);
        ScheduleSweep();
    }

    /// <summary>Forgets what has had its time, and sees to the journal.</summary>
    public void Sweep()
    {
        if (Interlocked.Exchange(ref _isSweeping, 1) != 0) return;
        try
        {
            List<string>? emptied;
            lock (_gate)
            {
                if (_isClosed) return;
                Forget();
                emptied = EndExpired();
                ForgetNamespaces();
            }

            foreach (var name in emptied ?? []) _server.Namespaces.RemoveIfEmpty(name);
            if (_file is { IsRewriteDue: true }) Rewrite(_file);
        }
        catch (Exception exception)
        {
            Log.RecoveryFailed(Logger, exception);
        }
        finally
        {
            Volatile.Write(ref _isSweeping, 0);
        }
    }

    /// <summary>Closes the journal in order, for the next process to go on from.</summary>
    public void Dispose()
    {
        _server.Engine.Wheel.Cancel(this);
        SpinWait.SpinUntil(() => Interlocked.Exchange(ref _isSweeping, 1) == 0);
        lock (_gate)
        {
            Volatile.Write(ref _isSweeping, 0);
            if (_isClosed) return;
            _isClosed = true;
            if (_file is not null)
            {
                StartRecord(RecordKind.Closed).Number(Now).End();
                _file.Close(_record.Written.Span);
            }
        }

        _file?.Dispose();
        _offsets.Dispose();
        _replays.Dispose();
    }

    private NamespaceTrails Trails(string name)
    {
        if (_namespaces.TryGetValue(name, out var known)) return known;
        var made = new NamespaceTrails(name);
        _namespaces.Add(name, made);
        return made;
    }

    private void ScheduleSweep()
    {
        var interval = _options.MaxDisconnectionDuration / 4;
        _server.Engine.Wheel.Schedule(this, interval < LongestSweepInterval ? interval : LongestSweepInterval);
    }

    /// <summary>Keeps an event. The caller holds the lock.</summary>
    private void Keep(LoggedEvent logged)
    {
        _events.Enqueue(logged);
        _bytes += Weight(logged);
        foreach (var trail in logged.Trails) trail.Add(logged);
        Forget();
    }

    /// <summary>Forgets events that are too old, too many or too large.</summary>
    private void Forget()
    {
        var before = Now - _retention;
        while (_events.TryPeek(out var oldest) && (oldest.Time < before || _events.Count > _options.MaxLogEvents || _bytes > _options.MaxLogBytes))
        {
            _events.Dequeue();
            _bytes -= Weight(oldest);
            _forgottenTo = oldest.Sequence;
            foreach (var trail in oldest.Trails)
            {
                trail.Forget(oldest);
                if (trail.Room is not null) oldest.Namespace.Close(trail);
            }
        }
    }

    /// <summary>What an event costs in memory, roughly.</summary>
    private static long Weight(LoggedEvent logged) => logged.Packet.Length + (logged.Packet.WithoutOffset?.Length ?? 0) + 200;

    /// <summary>Forgets namespaces that are gone, once nobody can come back to them and nothing of theirs is kept.</summary>
    private void ForgetNamespaces()
    {
        foreach (var trails in _namespaces.Values)
            if (trails is { IsAttached: false, Sessions.Count: 0, Everybody.Count: 0 }) _namespaces.Remove(trails.Name);
    }

    /// <summary>Begins a record in the log's own buffer; <see cref="Write"/> ends it. The caller holds the lock.</summary>
    private RecordBuffer StartRecord(RecordKind kind)
    {
        _record.Clear();
        return _record.Begin(kind);
    }

    private void Write(RecordBuffer record)
    {
        record.End();
        Append();
    }

    /// <summary>Adds the record in the log's buffer to the journal. If no output takes it along, it is written when the turn ends.</summary>
    private void Append()
    {
        if (_file is null) return;
        _file.Append(_record.Written.Span);
        if (_writeOut is null) return;
        if (OutputBatch.Current is { } batch) batch.RunAfterFlush(_writeOut);
        else _writeOut();
    }

    private void OnJournalFailed(Exception exception) => Log.RecoveryJournalFailed(Logger, exception);
}
