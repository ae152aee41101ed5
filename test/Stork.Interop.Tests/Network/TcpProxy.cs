using System.Net;
using System.Net.Sockets;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Interop.Tests.Network;

/// <summary>A network between clients and a server that cuts, stalls, hangs up on one side, and delays.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _gate = new();
    private readonly HashSet<Link> _links = [];
    private readonly Task _accepting;
    private TaskCompletionSource? _stall;
    private (bool FromServer, long Left)? _cut;

    public TcpProxy(int target)
    {
        Target = target;
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    /// <summary>The port that new connections lead to.</summary>
    public int Target { get; set; }

    public Uri Url { get; }

    /// <summary>How long every chunk takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Breaks all connections there are.</summary>
    public void Cut()
    {
        foreach (var link in Links()) link.Dispose();
    }

    /// <summary>Breaks all connections once so many more bytes have come through in one direction.</summary>
    public void CutAfter(bool fromServer, long bytes)
    {
        lock (_gate) _cut = (fromServer, bytes);
    }

    /// <summary>Nothing gets through until <see cref="Resume"/>, and nobody hears of it.</summary>
    public void Stall()
    {
        lock (_gate) _stall ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Resume()
    {
        lock (_gate)
        {
            _stall?.TrySetResult();
            _stall = null;
        }
    }

    /// <summary>Clients hear that the server hangs up; the server hears nothing.</summary>
    public void HalfClose()
    {
        foreach (var link in Links()) link.HangUp();
    }

    public async ValueTask DisposeAsync()
    {
        Resume();
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private Link[] Links()
    {
        lock (_gate) return [.. _links];
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptSocketAsync();
                _ = JoinAsync(near);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // That is how listening ends.
        }
    }

    private async Task JoinAsync(TcpSocket near)
    {
        using var link = new Link(near, new TcpSocket(SocketType.Stream, ProtocolType.Tcp));
        try
        {
            await link.Far.ConnectAsync(IPAddress.Loopback, Target);
            lock (_gate) _links.Add(link);
            await Task.WhenAll(PumpAsync(link, near, link.Far, fromServer: false), PumpAsync(link, link.Far, near, fromServer: true));
        }
        catch (SocketException)
        {
            // Nobody listens at the far end, so the near one is told.
        }
        finally
        {
            lock (_gate) _links.Remove(link);
        }
    }

    private async Task PumpAsync(Link link, TcpSocket from, TcpSocket to, bool fromServer)
    {
        try
        {
            from.NoDelay = true;
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer) is > 0 and var length)
            {
                if (_stall is { } stall) await stall.Task;
                if (Delay > TimeSpan.Zero) await Task.Delay(Delay, TimeProvider.System);
                var allowed = Spend(fromServer, length);
                await to.SendAsync(buffer.AsMemory(0, allowed));
                if (allowed < length) Cut();
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One end broke: the other must not wait for what cannot come any more.
            link.Dispose();
        }
    }

    private int Spend(bool fromServer, int length)
    {
        lock (_gate)
        {
            if (_cut is not { } cut || cut.FromServer != fromServer) return length;
            var left = cut.Left - length;
            _cut = left >= 0 ? (fromServer, left) : null;
            return left >= 0 ? length : (int)cut.Left;
        }
    }

    private sealed class Link(TcpSocket near, TcpSocket far) : IDisposable
    {
        public TcpSocket Far => far;

        public void HangUp()
        {
            try
            {
                near.Shutdown(SocketShutdown.Send);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // It hung up itself.
            }
        }

        public void Dispose()
        {
            near.Dispose();
            far.Dispose();
        }
    }
}
