using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using ListenSocket = System.Net.Sockets.Socket;

namespace Stork.EventLoops;

/// <summary>A listening socket. It accepts when the web server asks for a connection, and waits for the loop when there is none.</summary>
internal sealed class LoopListener : IConnectionListener, ILoopEntry, IValueTaskSource<ConnectionContext?>
{
    /// <summary>How long nothing is accepted when the process or the system has no descriptor, or no memory, left.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>How long owners may take to say goodbye to their clients; it is more than what they take.</summary>
    private static readonly TimeSpan MaxWaitForOwners = TimeSpan.FromSeconds(10);

    private readonly EventLoopGroup _group;
    private readonly EventLoop _loop;
    private readonly ListenSocket _socket;
    private readonly ILogger _logger;
    private readonly IPEndPoint? _local;
    private readonly Timer _resume;
    private readonly TaskCompletionSource _allClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ManualResetValueTaskSourceCore<ConnectionContext?> _wait;
    private Readiness _readiness = new();
    private int _detached;
    private bool _isUnbound;
    private bool _isClosing;

    /// <param name="group">Whose loops take the connections.</param>
    /// <param name="socket">Bound and listening; the listener closes it.</param>
    /// <param name="logger">The server's log.</param>
    public LoopListener(EventLoopGroup group, ListenSocket socket, ILogger logger)
    {
        _group = group;
        _socket = socket;
        _logger = logger;
        _loop = group.NextLoop();
        EndPoint = socket.LocalEndPoint!;
        // Where it listens on every address, each connection has to be asked for its own.
        var local = (IPEndPoint)EndPoint;
        _local = local.Address.Equals(IPAddress.Any) || local.Address.Equals(IPAddress.IPv6Any) ? null : local;
        _resume = new Timer(
            static listener => ((ILoopEntry)listener!).OnEvents(SocketCalls.Readable), this, Timeout.Infinite, Timeout.Infinite);
        socket.Blocking = false;
        _loop.Add(this, (int)socket.SafeHandle.DangerousGetHandle());
    }

    public EndPoint EndPoint { get; }

    long ILoopEntry.Token { get; set; }

    public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TryAccept(out var connection)) return new ValueTask<ConnectionContext?>(connection);
        _wait.Reset();
        while (!_readiness.TryWait())
        {
            if (TryAccept(out connection)) return new ValueTask<ConnectionContext?>(connection);
        }

        return new ValueTask<ConnectionContext?>(this, _wait.Version);
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Volatile.Write(ref _isUnbound, true);
        _resume.Dispose();
        _loop.Remove(this);
        _socket.Dispose();
        if (_readiness.TrySignal()) _wait.SetResult(null);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// The web server has ended the connections that it still had. Those that it has forgotten end here, in their owners' own time.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        Volatile.Write(ref _isClosing, true);
        Interlocked.Increment(ref _detached);
        foreach (var connection in _group.FindConnections(this)) connection.BeginClose();
        OnDetachedClosed();
        try
        {
            await _allClosed.Task.WaitAsync(MaxWaitForOwners);
        }
        catch (TimeoutException)
        {
            foreach (var connection in _group.FindConnections(this)) connection.Abort();
        }
    }

    /// <summary>The web server forgets a connection; <see cref="OnDetachedClosed"/> follows.</summary>
    public void OnDetached() => Interlocked.Increment(ref _detached);

    public void OnDetachedClosed()
    {
        if (Interlocked.Decrement(ref _detached) == 0 && Volatile.Read(ref _isClosing)) _allClosed.TrySetResult();
    }

    void ILoopEntry.OnEvents(uint events)
    {
        if (!_readiness.TrySignal()) return;
        ConnectionContext? connection;
        while (!TryAccept(out connection))
        {
            if (_readiness.TryWait()) return;
        }

        _wait.SetResult(connection);
    }

    void ILoopEntry.OnBlocked()
    {
    }

    ConnectionContext? IValueTaskSource<ConnectionContext?>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ConnectionContext?>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<ConnectionContext?>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    /// <summary>A connection, or null for the end; false, with the readiness back at Idle, if there is none now.</summary>
    private bool TryAccept(out ConnectionContext? connection)
    {
        connection = null;
        Span<byte> address = stackalloc byte[SocketCalls.MaxAddressLength];
        while (!Volatile.Read(ref _isUnbound))
        {
            _readiness.Reset();
            var descriptor = Accept(address);
            if (descriptor >= 0)
            {
                if (TryOpen(descriptor, address, out connection)) return true;
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            switch (error)
            {
                case SocketCalls.TryAgain:
                    return Volatile.Read(ref _isUnbound);
                case SocketCalls.TooManyFiles or SocketCalls.TooManyFilesOfSystem or SocketCalls.NoMemory or SocketCalls.NoBuffers:
                    // Those who wait are not announced a second time.
                    Log.AcceptPaused(_logger, Marshal.GetPInvokeErrorMessage(error));
                    TryResumeLater();
                    return Volatile.Read(ref _isUnbound);
            }
        }

        return true;
    }

    private unsafe int Accept(Span<byte> address)
    {
        var handle = _socket.SafeHandle;
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            var length = address.Length;
            fixed (byte* pointer = address)
            {
                return SocketCalls.Accept(
                    (int)handle.DangerousGetHandle(), pointer, &length, SocketCalls.NonBlocking | SocketCalls.CloseOnExec);
            }
        }
        catch (ObjectDisposedException)
        {
            // Unbound meanwhile. No call was made, so there may be an error of an earlier one.
            Volatile.Write(ref _isUnbound, true);
            Marshal.SetLastPInvokeError(SocketCalls.TryAgain);
            return -1;
        }
        finally
        {
            if (isHeld) handle.DangerousRelease();
        }
    }

    private bool TryOpen(int descriptor, ReadOnlySpan<byte> address, out ConnectionContext? connection)
    {
        connection = null;
        try
        {
            var local = _local ?? SocketAddresses.GetLocal(descriptor);
            var opened = new LoopConnection(_group, this, _group.NextLoop(), descriptor, local, SocketAddresses.Read(address));
            opened.Start();
            connection = opened;
            return true;
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            // The system cannot watch another one; or the client is gone already.
            _ = SocketCalls.Close(descriptor);
            Log.AcceptFailed(_logger, exception);
            return false;
        }
    }

    private void TryResumeLater()
    {
        try
        {
            _resume.Change(Pause, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // Unbound meanwhile: the end of the wait has been, or will be, told.
        }
    }
}
