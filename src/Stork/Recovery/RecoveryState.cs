using System.Text.Json;
using Microsoft.Extensions.Logging;
using Stork.Recovery.Journal;

namespace Stork.Recovery;

/// <summary>
/// Everything the log remembers, in memory and on disk, and the lock that guards all of it. Knows no socket:
/// <see cref="RecoveryLog"/> connects it with those.
/// </summary>
/// <remarks>
/// The parts have no locks of their own; whoever calls one holds <see cref="Gate"/>. Under it the locks of sockets, adapters and
/// connections may be taken, and those of the file; never the other way round. No code of the application runs under it, but for
/// adapters.
/// </remarks>
internal sealed class RecoveryState : IDisposable
{
    private const int DraftChunk = 256 * 1024;

    private readonly RecoveryFile? _file;
    private readonly DataRecorder? _recorder;
    private readonly ILogger _logger;
    private readonly string _bootId;

    /// <param name="options">Validated options.</param>
    /// <param name="limits">What the server's own options say.</param>
    /// <param name="time">The server's clock.</param>
    /// <param name="logger">Told of what fails.</param>
    /// <param name="file">Where it is written down; null: nowhere.</param>
    /// <param name="bootId">The run of the machine, as <see cref="BootId"/> tells it.</param>
    public RecoveryState(
        ConnectionStateRecoveryOptions options, RecoveryLimits limits, TimeProvider time, ILogger logger, RecoveryFile? file, string bootId)
    {
        (_file, _logger, _bootId) = (file, logger, bootId);
        Clock = new LogClock(time);
        Journal = new RecoveryJournal(file);
        History = new EventHistory(options, limits.Retention, Clock);
        Namespaces = new KnownNamespaces(History, Journal);
        Sessions = new SessionTable(options, limits.MaxRoomBytes, Clock, History, Journal);
        if (file is null) return;
        _recorder = new DataRecorder(Journal, limits.Json, options.MaxDataBytes, logger);
        Load(file, new JournalLoader(this, bootId, limits.MaxAttachments));
        Rewrite(file);
    }

    public Lock Gate { get; } = new();

    public LogClock Clock { get; }

    public EventHistory History { get; }

    public KnownNamespaces Namespaces { get; }

    public SessionTable Sessions { get; }

    public RecoveryJournal Journal { get; }

    /// <summary>Nothing is kept any more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Keeps an event and writes it down.</summary>
    public void Keep(LoggedEvent logged)
    {
        History.Add(logged);
        Journal.Write(logged);
    }

    /// <summary>Data for a socket that has none yet.</summary>
    public SessionData CreateData() => new(Gate, _recorder);

    /// <summary>Forgets what has had its time.</summary>
    /// <returns>Namespaces that nobody can come back to any more.</returns>
    public List<string> Forget()
    {
        lock (Gate)
        {
            if (IsClosed) return [];
            History.Forget();
            var emptied = Sessions.EndExpired();
            Namespaces.Forget();
            return emptied;
        }
    }

    /// <summary>Writes the file anew if it has grown, or failed. Not while another thread does.</summary>
    public void RewriteIfDue()
    {
        if (_file is { IsRewriteDue: true }) Rewrite(_file);
    }

    /// <summary>Closes the file in order, for the next process to go on from.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (IsClosed) return;
            IsClosed = true;
            Journal.Close(Clock.Now);
        }

        _file?.Dispose();
        History.Dispose();
    }

    private void Load(RecoveryFile file, JournalLoader loader)
    {
        try
        {
            var bytes = file.ReadAll();
            if (bytes.Length == 0) return;
            if (!loader.TryLoad(bytes))
            {
                Log.RecoveryJournalNotUsed(_logger, "the machine was started anew, and the journal was not closed before");
                return;
            }

            History.SkipUnwritten();
            Sessions.CompleteLoading();
            foreach (var session in Sessions.ByKey.Values)
            {
                if (session.Stored.Count > 0) (session.Data = CreateData()).Restore(session);
            }

            History.Forget();
            Log.RecoveryJournalLoaded(_logger, Sessions.Count, History.Count);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
        {
            Log.RecoveryJournalNotUsed(_logger, exception.Message);
            Sessions.Reset();
            Namespaces.Reset();
            History.Reset();
            Clock.Reset();
        }
    }

    /// <summary>
    /// Writes a new file with what is wanted. Events are written while others come; what changes meanwhile follows behind them.
    /// </summary>
    private void Rewrite(RecoveryFile file)
    {
        try
        {
            var draft = new RecordBuffer();
            LoggedEvent[] events;
            lock (Gate)
            {
                if (IsClosed) return;
                file.BeginRewrite();
                draft.Begin(RecordKind.Header).Number(RecoveryRecords.Version).Text(_bootId).Bytes(History.Offsets.Secret)
                    .Number(Clock.Now).Number(History.Last).End();
                foreach (var nsp in Namespaces.All)
                    draft.Begin(RecordKind.Namespace).Text(nsp.Name).Number(nsp.Everybody.ForgottenTo).End();
                foreach (var session in Sessions.ByKey.Values) RecoveryRecords.WriteSession(draft, session);
                events = History.ToArray();
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
            Log.RecoveryJournalFailed(_logger, exception);
            file.AbandonRewrite();
            DiscardUnlessOpen(file);
        }
        catch
        {
            file.AbandonRewrite();
            throw;
        }
    }

    /// <summary>A file that is not written to any more must not be taken for a whole one.</summary>
    private void DiscardUnlessOpen(RecoveryFile file)
    {
        if (file.IsOpen) return;
        try
        {
            file.Discard();
        }
        catch (IOException exception)
        {
            // It is gone, but perhaps not durably. Whoever sweeps tries again.
            Log.RecoveryJournalFailed(_logger, exception);
        }
    }
}
