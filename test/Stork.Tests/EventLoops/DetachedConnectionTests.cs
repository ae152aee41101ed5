using System.Net.Sockets;
using Stork.EventLoops;
using Stork.Tests.Timing;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

/// <summary>How connections end that the web server has forgotten, so that nobody but their owner watches them.</summary>
public sealed class DetachedConnectionTests
{
    // What the systems of both sides take is less.
    private const int Much = 20_000_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Instant = TimeSpan.FromTicks(1);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_client_that_does_not_read_the_rest_is_cut_off_after_five_seconds()
    {
        await using var host = await LoopHost.StartAsync(time: _time);
        var (server, client) = await host.ConnectAsync(receiveBuffer: 4096);
        using (client)
        {
            Detach(server, new WritingOwner(server, Much));
            _time.Advance(Limit - Instant);
            host.Listener.Connections().ShouldBe([server]);
            _time.Advance(Instant);
            await Waiting.Until(() => !host.Listener.Connections().Any(), "the connection was closed");
            (await ReceiveAllAsync(client)).ShouldBeLessThan(Much);
        }

        _time.RunningTimers.ShouldBe(0);
    }

    [Fact]
    public async Task A_client_that_reads_in_time_gets_everything()
    {
        await using var host = await LoopHost.StartAsync(time: _time);
        var (server, client) = await host.ConnectAsync(receiveBuffer: 4096);
        using (client)
        {
            Detach(server, new WritingOwner(server, Much));
            _time.Advance(Limit - Instant);
            (await ReceiveAllAsync(client)).ShouldBe(Much);
            await Waiting.Until(() => !host.Listener.Connections().Any(), "the connection was closed");
        }

        _time.RunningTimers.ShouldBe(0);
    }

    private static void Detach(LoopConnection server, IConnectionOwner owner) =>
        ((IDetachableConnection)server).TryDetach(server, owner).ShouldBeTrue();

    private static async Task<int> ReceiveAllAsync(TcpSocket client)
    {
        var buffer = new byte[256 * 1024];
        var count = 0;
        try
        {
            while (await client.ReceiveAsync(buffer).Within("the end") is > 0 and var received) count += received;
        }
        catch (SocketException)
        {
            // A reset is an end, too.
        }

        return count;
    }

    /// <summary>Has a lot to say, and is done.</summary>
    private sealed class WritingOwner(LoopConnection connection, int count) : IConnectionOwner
    {
        public Task RunAsync()
        {
            _ = connection.Transport.Output.WriteAsync(new byte[count]).AsTask();
            return Task.CompletedTask;
        }

        public void BeginClose()
        {
        }
    }
}
