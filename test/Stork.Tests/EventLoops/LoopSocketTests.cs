using Stork.EventLoops;

namespace Stork.Tests.EventLoops;

/// <summary>A descriptor is somebody else's as soon as it is closed.</summary>
public sealed class LoopSocketTests
{
    [Fact]
    public void It_is_closed_when_nobody_uses_it_and_cannot_be_used_then()
    {
        var descriptor = OpenDescriptor();
        var socket = new LoopSocket(descriptor);
        socket.TryUse().ShouldBeTrue();
        socket.TryClose().ShouldBeTrue();
        IsOpen(descriptor).ShouldBeTrue("it is in use");
        socket.TryUse().ShouldBeFalse();
        IsOpen(descriptor).ShouldBeTrue("it is still in use");
        socket.Release();
        socket.TryClose().ShouldBeFalse();
        socket.TryUse().ShouldBeFalse();
    }

    [Fact]
    public void Those_who_come_late_do_not_close_it_again()
    {
        var socket = new LoopSocket(OpenDescriptor());
        socket.TryClose().ShouldBeTrue();
        // The next descriptor has the same number, unless another test was faster.
        var next = OpenDescriptor();
        for (var i = 0; i < 10; i++)
        {
            socket.TryUse().ShouldBeFalse();
            socket.TryClose().ShouldBeFalse();
        }

        IsOpen(next).ShouldBeTrue();
        _ = SocketCalls.Close(next);
    }

    [Fact]
    public async Task Whoever_may_use_it_finds_it_open_however_many_use_and_close_it()
    {
        for (var round = 0; round < 300; round++)
        {
            var holder = new Holder { Socket = new LoopSocket(OpenDescriptor()) };
            using var start = new Barrier(4);
            var closed = 0;
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    for (var call = 0; call < 50; call++)
                    {
                        if (call == i * 10 && holder.Socket.TryClose()) Interlocked.Increment(ref closed);
                        if (!holder.Socket.TryUse()) continue;
                        IsOpen(holder.Socket.Descriptor).ShouldBeTrue();
                        holder.Socket.Release();
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))).Within("the users");
            closed.ShouldBe(1);
        }
    }

    private static int OpenDescriptor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are event loops on Linux only.");
        return SocketCalls.CreateEvent(0, SocketCalls.CloseOnExec | SocketCalls.NonBlocking);
    }

    /// <summary>Whether it is one of <see cref="OpenDescriptor"/> still.</summary>
    private static bool IsOpen(int descriptor) =>
        new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget?.Contains("eventfd", StringComparison.Ordinal) == true;

    private sealed class Holder
    {
        public LoopSocket Socket;
    }
}
