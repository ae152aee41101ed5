using System.Collections.Concurrent;
using Stork.Redis.Connections;
using Stork.Redis.Diagnostics;

namespace Stork.Redis.Tests.Faults;

public sealed class ReceivedQueueTests
{
    [Fact]
    public async Task Messages_beyond_the_limit_are_dropped_and_the_others_handled_in_order()
    {
        using var metrics = new RedisMetrics(factory: null);
        var (handled, gate, dropped) = (new ConcurrentQueue<int>(), new ManualResetEventSlim(), 0);
        // Each message counts 128 bytes more than it has.
        const int MaxBytes = 100 + (3 * 128);
        var queue = new ReceivedQueue(Handle, static receive => receive(), () => dropped++, MaxBytes, metrics);
        queue.Start();
        // One message may always wait, however long it is.
        Add(500);
        Add(1);
        dropped.ShouldBe(1);
        gate.Set();
        await Waiting.Until(() => queue.WaitingBytes == 0, "the first was handled");
        gate.Reset();
        foreach (var length in (int[])[40, 50, 20, 10, 1]) Add(length);
        dropped.ShouldBe(3);
        gate.Set();
        await queue.StopAsync(TestContext.Current.CancellationToken).Within("the end");
        handled.ShouldBe([500, 40, 50, 10]);

        void Handle(MessageSource source, ReadOnlyMemory<byte> channel, ReadOnlyMemory<byte> bytes)
        {
            gate.Wait(Patience.Limit).ShouldBeTrue();
            handled.Enqueue(bytes.Length);
        }

        void Add(int length) => queue.Add(MessageSource.All, ReadOnlyMemory<byte>.Empty, new byte[length]);
    }

    [Fact]
    public async Task Messages_that_wait_are_handled_together_but_not_too_many_of_them()
    {
        using var metrics = new RedisMetrics(factory: null);
        var (gate, together, sizes) = (new ManualResetEventSlim(), 0, new ConcurrentQueue<int>());
        var queue = new ReceivedQueue(Handle, HandleTogether, static () => { }, maxBytes: 64 * 1024, metrics);
        queue.Start();
        for (var i = 0; i < 41; i++) queue.Add(MessageSource.All, ReadOnlyMemory<byte>.Empty, new byte[1]);
        gate.Set();
        await queue.StopAsync(TestContext.Current.CancellationToken).Within("the end");
        sizes.ShouldBe([32, 9]);

        void HandleTogether(Action handle)
        {
            gate.Wait(Patience.Limit).ShouldBeTrue();
            together = 0;
            handle();
            sizes.Enqueue(together);
        }

        void Handle(MessageSource source, ReadOnlyMemory<byte> channel, ReadOnlyMemory<byte> bytes) => together++;
    }

    [Fact]
    public async Task Many_messages_are_too_much_though_they_are_empty()
    {
        using var metrics = new RedisMetrics(factory: null);
        var dropped = 0;
        var queue = new ReceivedQueue(static (_, _, _) => { }, static receive => receive(), () => dropped++, maxBytes: 64 * 1024, metrics);
        for (var i = 0; i < 10_000; i++) queue.Add(MessageSource.All, new byte[10], ReadOnlyMemory<byte>.Empty);
        dropped.ShouldBeGreaterThan(5_000);
        queue.Start();
        await queue.StopAsync(TestContext.Current.CancellationToken).Within("the end");
    }
}
