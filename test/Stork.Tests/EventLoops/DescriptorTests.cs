using System.Diagnostics;
using System.Net.Sockets;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

/// <summary>What happens when the process may open no more descriptors.</summary>
public sealed class DescriptorTests
{
    [Fact]
    public async Task Connections_wait_while_there_is_no_descriptor_and_are_accepted_then()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are event loops on Linux only.");
        // Other tests of this process need theirs.
        var start = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("ulimit -n 300; exec \"$0\" \"$@\"");
        var program = Environment.ProcessPath!;
        start.ArgumentList.Add(program);
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(DescriptorTests).Assembly.Location);
        foreach (var argument in new[] { "-explicit", "only", "-method", $"*.{nameof(DescriptorTests)}.{nameof(With_few_descriptors)}" })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().Within("the other process");
        process.ExitCode.ShouldBe(0, await output + await errors);
        (await output).ShouldContain("Total: 1");
    }

    [Fact(Explicit = true)]
    public async Task With_few_descriptors()
    {
        await using var host = await LoopHost.StartAsync();
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
