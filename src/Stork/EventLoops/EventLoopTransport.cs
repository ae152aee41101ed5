using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using ListenSocket = System.Net.Sockets.Socket;

namespace Stork.EventLoops;

/// <summary>
/// How Kestrel listens and accepts on Linux, in place of its own sockets. It serves every TCP endpoint of the web server; what it does not
/// serve (other systems, Unix sockets, named pipes, handed-over descriptors) goes to the transport that would have had it without us.
/// </summary>
/// <remarks>
/// What an application has set for Kestrel's sockets, as far as it makes a difference here, holds: how a listening socket is made, the
/// backlog, and <c>TCP_NODELAY</c>.
/// </remarks>
/// <param name="options">Asked for when the first endpoint is bound: until then they may be wrong.</param>
/// <param name="sockets">What the application has set for Kestrel's sockets.</param>
/// <param name="memory">What the web server makes its pools of memory with.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The server's log.</param>
internal sealed class EventLoopTransport(
    Func<EventLoopOptions> options, SocketTransportOptions sockets, IMemoryPoolFactory<byte>? memory, TimeProvider time, ILogger logger)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly Lock _gate = new();
    private EventLoopGroup? _group;

    public bool CanBind(EndPoint endpoint) => IsKnownSystem() && endpoint is IPEndPoint && options().Count > 0;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        ListenSocket? socket = null;
        try
        {
            socket = sockets.CreateBoundListenSocket(endpoint);
            // Accepted sockets inherit it.
            socket.NoDelay = sockets.NoDelay;
            socket.Listen(sockets.Backlog);
            return ValueTask.FromResult<IConnectionListener>(new LoopListener(Group(), socket, logger));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new AddressInUseException(exception.Message, exception);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        lock (_gate) _group?.Dispose();
    }

    // Numbers and layouts of system calls are not the same everywhere.
    private static bool IsKnownSystem() =>
        OperatingSystem.IsLinux() && (RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64);

    private EventLoopGroup Group()
    {
        lock (_gate)
        {
            if (_group is not null) return _group;
            var (count, path) = options();
            Log.LoopsStarted(logger, count);
            return _group = new EventLoopGroup(count, path, memory?.Create() ?? MemoryPool<byte>.Shared, time, logger);
        }
    }
}
