using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Stork.EventLoops;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

/// <summary>Event loops that listen, without a web server: the test accepts, reads and writes itself.</summary>
internal sealed class LoopHost : IAsyncDisposable
{
    private readonly EventLoopTransport _transport;

    private LoopHost(EventLoopTransport transport, LoopListener listener, RecordedLog log)
    {
        _transport = transport;
        Listener = listener;
        Log = log;
    }

    public LoopListener Listener { get; }

    public RecordedLog Log { get; }

    public static async Task<LoopHost> StartAsync(int loops = 1, TimeProvider? time = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are event loops on Linux only.");
        var log = new RecordedLog();
        var transport = new EventLoopTransport(
            () => new EventLoopOptions(loops, "/socket.io/"),
            new SocketTransportOptions(),
            memory: null,
            time ?? TimeProvider.System,
            log.CreateLogger("Stork"));
        var listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        return new LoopHost(transport, (LoopListener)listener, log);
    }

    /// <summary>A connection's two ends. The client's is bare, and has little room if asked so.</summary>
    public async Task<(LoopConnection Server, TcpSocket Client)> ConnectAsync(int? receiveBuffer = null)
    {
        var client = new TcpSocket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size) client.ReceiveBufferSize = size;
        var accepting = Listener.AcceptAsync();
        await client.ConnectAsync(Listener.EndPoint).Within("the connection");
        var server = await accepting.Within("the connection to be accepted");
        return (server.ShouldBeOfType<LoopConnection>(), client);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in Listener.Connections()) connection.Abort(new ConnectionAbortedException("The test is over."));
        await Listener.DisposeAsync();
        _transport.Dispose();
    }
}
