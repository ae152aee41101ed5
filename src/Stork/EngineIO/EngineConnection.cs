using System.Diagnostics;
using Stork.EngineIO.Transports;
using Stork.Wire;

namespace Stork.EngineIO;

/// <summary>
/// One Engine.IO session: a client, however its bytes travel. It keeps the order of what is sent over changes of the transport, bounds
/// what a slow reader may pile up, and hands on what comes; <see cref="Heartbeat"/> watches whether the client is there.
/// </summary>
/// <remarks>
/// <c>_gate</c> guards the output (queue, transport, state). Incoming messages are handled one batch at a time under
/// <see cref="Receiving"/>, which may take <c>_gate</c>, never the other way round. Callbacks run under <see cref="Receiving"/> at most.
/// </remarks>
[DebuggerDisplay("{Id,nq}: {_state}, {_transport?.Kind}, queued {_queue?.Bytes ?? 0} B")]
internal sealed partial class EngineConnection : IBatchedOutput
{
    /// <summary>How long a volatile event that was emitted outside of a batch is taken to be on its way.</summary>
    internal static readonly TimeSpan VolatilePause = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly EngineServer _server;
    private OutputQueue? _queue;
    private Transport _transport = null!;
    private IEngineListener? _listener;
    private TaskCompletionSource? _roomAgain;
    private State _state = State.Open;
    private OutputBatch? _outputBatch;
    private bool _isGivenUp;
    private bool _isDrainAwaited;
    private TransportUpgrade? _upgrade;

    // The timestamp from which on the next volatile event may be emitted outside of a batch.
    private long _volatileFrom;

    public EngineConnection(EngineServer server, string id)
    {
        _server = server;
        Id = id;
        Heartbeat = new Heartbeat(this);
    }

    private enum State : byte
    {
        Open,

        /// <summary>Over for the listener; the rest of the output and the farewell are still on their way.</summary>
        Closing,
        Closed,
    }

    public string Id { get; }

    public EngineOptions Options => _server.Options;

    public EngineServer Server => _server;

    public Heartbeat Heartbeat { get; }

    public IEngineListener Listener => _listener!;

    public bool IsOpen => _state == State.Open;

    /// <summary>Why the connection was closed; null while it is open.</summary>
    public DisconnectReason? CloseReason
    {
        get
        {
            lock (_gate) return field;
        }
        private set;
    }

    public SocketIOTransports TransportKind => _transport.Kind;

    /// <summary>What the session is on at the moment.</summary>
    public Transport Transport => _transport;

    /// <summary>Whether another transport is there that may become the session's.</summary>
    public bool IsUpgrading => Volatile.Read(ref _upgrade) is not null;

    /// <summary>True once writing has failed; reading notices it too, unless it is paused.</summary>
    public bool IsBroken => _transport.IsBroken;

    /// <summary>Whether anything waits for the transport. The caller holds <see cref="Gate"/>.</summary>
    public bool HasQueue => _queue is { IsEmpty: false };

    /// <summary>Bytes that the transport could not take yet.</summary>
    public long QueuedBytes
    {
        get
        {
            lock (_gate) return _queue?.Bytes ?? 0;
        }
    }

    /// <summary>Whether each time that nothing is queued any more is reported; otherwise only what is asked for.</summary>
    public bool ReportsDrains { get; set; }

    /// <summary>Guards the output; transports take it when they are called from outside of a send.</summary>
    public Lock Gate => _gate;

    private OutputQueue Queue => _queue ??= new OutputQueue(Options.MaxOutputBufferSize, Options.SlowReaderPolicy);

    /// <summary>Makes the connection whole, before anybody can find it.</summary>
    public void Attach(Transport transport, IEngineListener listener)
    {
        _transport = transport;
        _listener = listener;
    }

    /// <summary>Sends the handshake and starts the heartbeat. Whatever the listener sends afterwards comes behind it.</summary>
    public void Open(EncodedPacket handshake)
    {
        _ = Send(handshake);
        Heartbeat.Start();
    }

    /// <summary>Appends a packet to the output.</summary>
    /// <returns>Completed, except under <see cref="SlowReaderPolicy.Wait"/> while the buffer is full.</returns>
    public ValueTask Send(EncodedPacket packet)
    {
        lock (_gate)
        {
            if (!Accepts(packet.Flags)) return ValueTask.CompletedTask;
            return SendAccepted(_server.Transcoder is { } transcoder ? transcoder.Encode(packet) : packet);
        }
    }

    /// <summary>Appends a packet that was built for this connection alone; it is copied only if it cannot leave at once.</summary>
    public ValueTask Send(PacketBuilder packet, PacketFlags flags)
    {
        lock (_gate)
        {
            if (!Accepts(flags)) return ValueTask.CompletedTask;
            if (_server.Transcoder is { } transcoder) return SendAccepted(transcoder.Encode(packet, flags));
            var isWritten = !HasQueue && _transport.TryWrite(packet, flags);
            return isWritten ? RequestFlush(_transport.IsFlushDue) : Enqueue(packet.ToPacket(flags));
        }
    }

    /// <summary>The end of a batch in which this connection was written to. Never throws: others were written to as well.</summary>
    public void FlushBatch()
    {
        try
        {
            lock (_gate)
            {
                _outputBatch = null;
                Flush();
            }
        }
        catch (Exception exception)
        {
            Log.ConnectionFailed(_server.Logger, exception, Id);
            Close(DisconnectReason.TransportError, abort: true, "Internal error.");
        }
    }

    /// <summary>Step 1 is what <see cref="Send(EncodedPacket)"/> touches, too.</summary>
    public void PrefetchForFlush(int step)
    {
        if (step == 1) ProcessorCache.Prefetch(_gate);
        if (step == 1) ProcessorCache.Prefetch(_transport);
        else _transport.PrefetchForFlush(step);
    }

    /// <summary>Ends the session. Output that was accepted before still leaves, unless <paramref name="abort"/>.</summary>
    public void Close(DisconnectReason reason, bool abort = false, string? details = null)
    {
        TaskCompletionSource? waiters;
        lock (_gate)
        {
            if (_state != State.Open)
            {
                if (abort && _state == State.Closing) _transport.Close(Queue, abort: true);
                return;
            }

            _state = State.Closing;
            CloseReason = reason;
            (waiters, _roomAgain) = (_roomAgain, null);
            if (_upgrade is not null && !_upgrade.TryOutliveSession()) EndUpgrade();
            _transport.Close(Queue, abort);
        }

        Heartbeat.Stop();
        waiters?.TrySetResult();
        _closed?.TrySetResult();
        Log.ConnectionClosed(_server.Logger, Id, reason.ToText(), details);
        _server.Metrics.ConnectionClosed(TransportKind, reason.ToText());
        try
        {
            _listener?.OnClosed(reason, details);
        }
        catch (Exception exception)
        {
            // The caller may be a timer or the reader of another connection, whom this must not concern.
            Log.ConnectionFailed(_server.Logger, exception, Id);
        }
    }

    /// <summary>The transport has nothing left to do for this session.</summary>
    public void OnTransportDone()
    {
        lock (_gate)
        {
            if (_state == State.Closed) return;
            _state = State.Closed;
            _queue?.Clear();
        }

        _server.Remove(this);
    }

    /// <summary>Moves queued output on, as far as the transport has room. The caller holds <see cref="Gate"/>.</summary>
    public void Flush()
    {
        if (_state == State.Closed) return;
        _transport.Flush(_queue);
        ReportDrained();
        if (_roomAgain is not null && _queue is null or { IsOverLimit: false })
        {
            _roomAgain.TrySetResult();
            _roomAgain = null;
        }
    }

    /// <summary>Has <see cref="IEngineListener.OnDrained"/> called once nothing is queued any more; false if that is so already, or the
    /// connection is over.</summary>
    public bool NotifyWhenDrained()
    {
        lock (_gate)
        {
            if (_state != State.Open || !HasQueue) return false;
            return _isDrainAwaited = true;
        }
    }

    private bool Accepts(PacketFlags flags) =>
        _state == State.Open && !_isGivenUp && ((flags & PacketFlags.Volatile) == 0 || AcceptsVolatile());

    /// <summary>Whether everything written before has left: of several volatile events at once, one goes. Within a batch that is seen.
    /// Outside of one all leaves at once for us, and some time has to pass from one volatile event to the next; others that left so are not
    /// waited for, which would cost every one of them a look at the clock.</summary>
    private bool AcceptsVolatile()
    {
        if (HasQueue || !_transport.IsReady) return false;
        if (OutputBatch.Current is not null) return true;
        var now = _server.Time.GetTimestamp();
        if (now < _volatileFrom) return false;
        _volatileFrom = now + (long)(VolatilePause.TotalSeconds * _server.Time.TimestampFrequency);
        return true;
    }

    private void ReportDrained()
    {
        if (!_isDrainAwaited || HasQueue) return;
        _isDrainAwaited = false;
        // Not here, under the connection's lock.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection._listener?.OnDrained(), this, preferLocal: false);
    }

    private ValueTask SendAccepted(EncodedPacket packet) =>
        HasQueue || !_transport.TryWrite(packet) ? Enqueue(packet) : RequestFlush(_transport.IsFlushDue);

    private ValueTask Enqueue(EncodedPacket packet)
    {
        if (!Queue.TryEnqueue(packet))
        {
            // Nothing more is accepted, so that the client never sees what came behind the packet that was lost.
            _isGivenUp = true;
            // Not here: the caller may be in the middle of a broadcast, or hold locks of its own.
            ThreadPool.UnsafeQueueUserWorkItem(
                static connection => connection.Close(
                    DisconnectReason.TransportError, abort: true, "The client reads too slowly: its output buffer is full."),
                this,
                preferLocal: false);
            return ValueTask.CompletedTask;
        }

        if (ReportsDrains) _isDrainAwaited = true;
        _ = RequestFlush(isDue: false);
        if (Options.SlowReaderPolicy != SlowReaderPolicy.Wait || !Queue.IsOverLimit) return ValueTask.CompletedTask;
        _roomAgain ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask(_roomAgain.Task);
    }

    private ValueTask RequestFlush(bool isDue)
    {
        if (isDue || OutputBatch.Current is not { } batch) Flush();
        else if (_outputBatch != batch)
        {
            _outputBatch = batch;
            batch.Add(this);
        }

        return ValueTask.CompletedTask;
    }
}
