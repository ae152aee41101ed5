using System.Net.Sockets;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

/// <summary>What happens when the process may open no more descriptors.</summary>
public sealed class DescriptorTests
{
    [Fact]
    public Task Connections_wait_while_there_is_no_descriptor_and_are_accepted_then() =>
        ChildProcess.RunTestAsync($"{nameof(DescriptorTests)}.{nameof(With_few_descriptors)}", descriptors: 300);

    [Fact(Explicit = true)]
    public async Task With_few_descriptors()
    {
        await using var host = await LoopHost.StartAsync();
        // A thread needs a descriptor when it begins: that of timers has to be there, and no more are to be added to the pool.
        ThreadPool.SetMinThreads(1, 1);
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        // What a connection needs is loaded from files.
        var (server, client) = await host.ConnectAsync();
        client.Dispose();
        await server.DisposeAsync();
        using var first = new TcpSocket(SocketType.Stream, ProtocolType.Tcp);
        using var second = new TcpSocket(SocketType.Stream, ProtocolType.Tcp);
        var accepting = host.Listener.AcceptAsync().AsTask();
        var all = UseUpDescriptors();
        await first.ConnectAsync(host.Listener.EndPoint).Within("the first connection");
        (await host.Log.WaitForAsync(124)).Message.ShouldContain("open files");
        await second.ConnectAsync(host.Listener.EndPoint).Within("the second connection");
        accepting.IsCompleted.ShouldBeFalse();

        foreach (var one in all) one.Dispose();

        (await accepting.Within("the first to be accepted")).ShouldNotBeNull();
        (await host.Listener.AcceptAsync().Within("the second to be accepted")).ShouldNotBeNull();
    }

    private static List<FileStream> UseUpDescriptors()
    {
        var all = new List<FileStream>();
        try
        {
            while (true) all.Add(new FileStream("/dev/null", FileMode.Open, FileAccess.Read));
        }
        catch (IOException)
        {
            return all;
        }
    }
}
