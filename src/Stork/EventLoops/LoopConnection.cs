using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Stork.EventLoops;

/// <summary>
/// An accepted TCP connection, as the web server sees it: bytes in, bytes out, and how it ends. It receives and sends without a task, a
/// buffer or a pipe between; see <see cref="SocketReader"/> and <see cref="SocketWriter"/>.
/// </summary>
[DebuggerDisplay("descriptor {_socket.Descriptor}, hung up: {IsHungUp}, detached: {_isDetached}")]
internal sealed class LoopConnection : ConnectionContext, ILoopEntry, IDetachableConnection, IDuplexPipe
{
    private const int BadDescriptor = 9;

    /// <summary>How long a client whose connection has ended may take to read the rest.</summary>
    private static readonly TimeSpan MaxWaitForReader = TimeSpan.FromSeconds(5);

    /// <summary>After a call that has kept a loop, so many calls for the same connection are made in the pool.</summary>
    private const int Probation = 100;

    // Different after each start, as logs of several lives may meet.
    private static long _lastId = RandomNumberGenerator.GetInt32(int.MaxValue) * (long)int.MaxValue;

    private readonly EventLoopGroup _group;
    private readonly EventLoop _loop;
    private readonly SocketReader _input;
    private readonly SocketWriter _output;
    private LoopSocket _socket;
    private LoopConnectionFeatures? _features;
    private CancellationTokenSource? _closed;
    private IConnectionOwner? _owner;
    private Task? _running;
    private bool _isHungUp;
    private bool _hasEnded;
    private bool _isDetached;
    private int _callsToPool;

    public LoopConnection(EventLoopGroup group, LoopListener listener, EventLoop loop, int descriptor, IPEndPoint local, IPEndPoint remote)
    {
        _group = group;
        Listener = listener;
        _loop = loop;
        _socket = new LoopSocket(descriptor);
        _input = new SocketReader(this);
        _output = new SocketWriter(this);
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        Transport = this;
    }

    /// <summary>Where the connection was accepted.</summary>
    public LoopListener Listener { get; }

    public override string ConnectionId { get => field ??= CreateId(); set; }

    public override IFeatureCollection Features => _features ??= new LoopConnectionFeatures(this, _group.Memory);

    public override IDictionary<object, object?> Items { get => field ??= new ConnectionItems(); set; }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed
    {
        get
        {
            lock (this)
            {
                if (_closed is not null) return _closed.Token;
                if (_hasEnded) return new CancellationToken(canceled: true);
                return (_closed = new CancellationTokenSource()).Token;
            }
        }
        set => throw new NotSupportedException("The connection knows itself when it is closed.");
    }

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _output;

    long ILoopEntry.Token { get; set; }

    /// <summary>The peer ends the connection, or it broke. What had arrived before can still be received.</summary>
    public bool IsHungUp => Volatile.Read(ref _isHungUp);

    /// <summary>Why this side has cut the connection; null if it has not.</summary>
    public ConnectionAbortedException? AbortReason { get; private set; }

    /// <summary>The loop begins to watch.</summary>
    public void Start() => _loop.Add(this, _socket.Descriptor);

    void ILoopEntry.OnEvents(uint events)
    {
        const uint hungUp = SocketCalls.PeerShutDown | SocketCalls.HungUp | SocketCalls.Failed;
        if ((events & hungUp) != 0)
        {
            Volatile.Write(ref _isHungUp, true);
            // Whoever receives meanwhile looks behind that whether it has hung up: one of both sees the end.
            Interlocked.MemoryBarrier();
            TellEndIfReceived();
        }

        if ((events & (SocketCalls.Readable | hungUp)) != 0) _input.OnReadable();
        if ((events & (SocketCalls.Writable | hungUp)) != 0) _output.OnWritable();
    }

    void ILoopEntry.OnBlocked()
    {
        Volatile.Write(ref _callsToPool, Probation);
        if (!_isDetached) _group.OnRequestBlocked();
    }

    /// <summary>
    /// Whether the reader may go on on the loop's thread: if it is ours alone, or has received a request to the Socket.IO endpoint. All
    /// other code of the application belongs to the pool, and so does what has blocked a loop before.
    /// </summary>
    public bool MayRunInline(SocketReader reader) =>
        (_isDetached || _group.IsInlineRequest(reader.Unconsumed)) && _loop.Blocked < EventLoopGroup.MaxBlockedThreads && !IsOnProbation();

    /// <inheritdoc cref="MayRunInline(SocketReader)"/>
    public bool MayRunInline() => _isDetached && _loop.Blocked < EventLoopGroup.MaxBlockedThreads && !IsOnProbation();

    /// <summary>Takes what has arrived; minus one and the error if that was not possible.</summary>
    public (int Count, int Error) Receive(Span<byte> buffer)
    {
        if (!_socket.TryUse()) return (-1, BadDescriptor);
        while (true)
        {
            var count = SocketCalls.Receive(_socket.Descriptor, buffer);
            var error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error == SocketCalls.Interrupted) continue;
            _socket.Release();
            return (count, error);
        }
    }

    /// <summary>To be called when something was received: the end may be all that is left.</summary>
    public void TellEndIfReceived()
    {
        if (!IsHungUp || Volatile.Read(ref _hasEnded) || !_socket.TryUse()) return;
        var hasBytes = SocketCalls.HasBytes(_socket.Descriptor);
        _socket.Release();
        if (!hasBytes) TellEnd();
    }

    /// <summary>Sends as much as there is room for; minus one and the error if that was not possible.</summary>
    public (int Count, int Error) Send(ReadOnlySpan<byte> bytes) => Send(bytes, isLast: false);

    /// <summary>As <see cref="Send(ReadOnlySpan{byte})"/>; where there was room for all, the peer learns that nothing follows.</summary>
    public (int Count, int Error) SendLast(ReadOnlySpan<byte> bytes) => Send(bytes, isLast: true);

    public override void Abort() => Abort(new ConnectionAbortedException("The connection was aborted by the server."));

    /// <summary>Cuts the connection; what waits to be read or written is dropped, and who waits is woken.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        AbortReason ??= abortReason;
        if (!_socket.TryUse()) return;
        SocketCalls.Disconnect(_socket.Descriptor);
        _socket.Release();
    }

    bool IDetachableConnection.TryDetach(IDuplexPipe transport, IConnectionOwner owner)
    {
        if (transport != this) return false;
        _isDetached = true;
        _owner = owner;
        Listener.OnDetached();
        // No asynchronous method: every idle connection would keep its state.
        _running = owner.RunAsync();
        if (_running.IsCompleted) OnOwnerDone();
        else _running.GetAwaiter().UnsafeOnCompleted(OnOwnerDone);
        return true;
    }

    /// <summary>The web server's call, when it is done with the connection.</summary>
    [SuppressMessage("Usage", "CA2215", Justification = "The base has nothing of its own.")]
    public override ValueTask DisposeAsync()
    {
        if (!_isDetached) return CloseAsync();
        _features = null;
        lock (this) _closed = null;
        Items = null!;
        ConnectionId = null!;
        LocalEndPoint = null;
        RemoteEndPoint = null;
        return ValueTask.CompletedTask;
    }

    /// <summary>The listener is about to go: who has the connection is to end it.</summary>
    public void BeginClose()
    {
        if (_isDetached) _owner?.BeginClose();
    }

    // Only who resumes a reader or a writer counts; a count too many or too few does no harm.
    private bool IsOnProbation()
    {
        if (Volatile.Read(ref _callsToPool) == 0) return false;
        Interlocked.Decrement(ref _callsToPool);
        return true;
    }

    private void OnOwnerDone()
    {
        if (_running?.Exception is { } exception) _group.OnOwnerFailed(exception);
        (_owner, _running) = (null, null);
        _ = CloseAsync();
    }

    /// <summary>Ends the connection, once everything that was written has left, or cannot any more.</summary>
    private async ValueTask CloseAsync()
    {
        _input.Complete();
        _output.Complete();
        try
        {
            // Nobody watches a connection that the web server has forgotten: a client that never reads would keep it for ever.
            await (_isDetached ? _output.DrainAsync().WaitAsync(MaxWaitForReader, _group.Time) : _output.DrainAsync());
        }
        catch (TimeoutException)
        {
            Abort();
        }

        _loop.Remove(this);
        _socket.TryClose();
        TellEnd();
        if (_isDetached) Listener.OnDetachedClosed();
    }

    private (int Count, int Error) Send(ReadOnlySpan<byte> bytes, bool isLast)
    {
        if (!_socket.TryUse()) return (-1, BadDescriptor);
        while (true)
        {
            var descriptor = _socket.Descriptor;
            var count = isLast ? SocketCalls.SendBeforeEnd(descriptor, bytes) : SocketCalls.Send(descriptor, bytes);
            var error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error == SocketCalls.Interrupted) continue;
            if (isLast && count == bytes.Length) SocketCalls.ShutDownOutput(descriptor);
            _socket.Release();
            return (count, error);
        }
    }

    private static string CreateId() => string.Create(
        13, Interlocked.Increment(ref _lastId), static (id, number) =>
        {
            for (var i = id.Length - 1; i >= 0; i--, number >>>= 5) id[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUV"[(int)(number & 31)];
        });

    /// <summary>
    /// Tells that the connection has ended, once all that came before the end is received: who is told may cut the connection, and with it
    /// what was not received yet.
    /// </summary>
    private void TellEnd()
    {
        CancellationTokenSource? closed;
        lock (this)
        {
            if (_hasEnded) return;
            Volatile.Write(ref _hasEnded, true);
            closed = _closed;
        }

        // Callbacks of the application are not to hold up the loop.
        if (closed is not null) ThreadPool.UnsafeQueueUserWorkItem(CancelClosed, closed, preferLocal: false);
    }

    private void CancelClosed(CancellationTokenSource closed)
    {
        try
        {
            closed.Cancel();
        }
        catch (Exception exception)
        {
            // Of a callback of the application; nobody else would catch it.
            _group.OnCallbackFailed(exception);
        }
    }
}
