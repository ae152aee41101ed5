using System.Net;
using System.Net.Sockets;
using Stork.Bench.Load;

namespace Stork.Bench.Ceiling;

/// <summary>The least a server can do for the scenarios over WebSocket: shows what the load side and the machine can carry.</summary>
/// <remarks>No Socket.IO implementation: it looks at fixed positions of the load side's own packets and sends no heartbeats.</remarks>
internal sealed class CeilingServer : IDisposable
{
    private const int Backlog = 512;
    private const int ListenerToken = 0;

    private readonly Epoll _epoll = new();
    private readonly Socket _listener;
    private readonly Dictionary<int, CeilingClient> _clients = [];
    private int _lastToken = ListenerToken;

    private CeilingServer(int port)
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(Backlog);
        _epoll.AddListener((int)_listener.Handle, ListenerToken);
    }

    /// <summary>Serves until the process is ended.</summary>
    public static void Run(int port)
    {
        using var server = new CeilingServer(port);
        while (true)
            server.Turn();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _epoll.Dispose();
    }

    internal void Broadcast(ReadOnlySpan<byte> frame)
    {
        foreach (var client in _clients.Values)
            client.Send(frame);
    }

    private void Turn()
    {
        var ready = _epoll.Wait(-1);
        for (var i = 0; i < ready; i++)
        {
            var token = _epoll.Token(i);
            if (token == ListenerToken)
                Accept();
            else if (!_clients[token].Serve())
                Forget(token);
        }
    }

    private void Accept()
    {
        var socket = RawSocket.Accept((int)_listener.Handle);
        _clients.Add(++_lastToken, new CeilingClient(this, socket));
        _epoll.AddConnection(socket.Descriptor, _lastToken);
    }

    private void Forget(int token)
    {
        _clients.Remove(token, out var client);
        client!.Dispose();
    }
}
