using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Stork.EventLoops;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

/// <summary>What a socket sends, as a pipe: to clients that read it slowly, at last, or never.</summary>
public sealed class SocketWriterTests : IAsyncLifetime
{
    /// <summary>More than the system takes for a client that does not read.</summary>
    private const int Much = 20 << 20;

    private LoopHost _host = null!;
    private LoopConnection _server = null!;
    private TcpSocket _client = null!;

    private SocketWriter Writer => (SocketWriter)_server.Transport.Output;

    public async ValueTask InitializeAsync()
    {
        _host = await LoopHost.StartAsync();
        (_server, _client) = await _host.ConnectAsync(receiveBuffer: 4096);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_host is not null) await _host.DisposeAsync();
    }

    [Fact]
    public async Task A_flush_that_finds_room_completes_at_once_and_keeps_no_buffer()
    {
        Writer.Write("hello"u8);
        Writer.UnflushedBytes.ShouldBe(5);
        var flush = Writer.FlushAsync();
        flush.IsCompleted.ShouldBeTrue();
        (await flush).IsCompleted.ShouldBeFalse();
        Writer.UnflushedBytes.ShouldBe(0);
        Writer.BufferLength().ShouldBe(0);
        (await ReceiveAsync(5)).ShouldBe("hello"u8.ToArray());
    }

    [Fact]
    public async Task What_a_client_reads_late_arrives_byte_for_byte()
    {
        var bytes = RandomBytes(Much);
        var flush = Writer.WriteAsync(bytes).AsTask();
        flush.IsCompleted.ShouldBeFalse();
        (await ReceiveAsync(Much)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        (await flush.Within("the flush")).IsCompleted.ShouldBeFalse();
        Writer.BufferLength().ShouldBe(0);
    }

    [Fact]
    public async Task Pieces_of_all_lengths_arrive_in_their_order()
    {
        var bytes = RandomBytes(Much);
        var random = new Random(3);
        var writing = Task.Run(async () =>
        {
            for (var written = 0; written < Much;)
            {
                for (var i = random.Next(1, 5); i > 0 && written < Much; i--)
                {
                    var length = Math.Min(Much - written, random.Next(1, 1 << random.Next(1, 19)));
                    bytes.AsSpan(written, length).CopyTo(Writer.GetSpan(length));
                    Writer.Advance(length);
                    written += length;
                }

                await Writer.FlushAsync().Within("a flush");
            }
        });
        (await ReceiveAsync(Much)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        await writing.Within("the writer");
    }

    [Fact]
    public async Task What_is_written_behind_a_cancelled_flush_comes_behind_its_bytes()
    {
        var bytes = RandomBytes(Much);
        var first = Writer.WriteAsync(bytes.AsMemory(0, Much / 2)).AsTask();
        Writer.CancelPendingFlush();
        (await first.Within("the cancellation")).IsCanceled.ShouldBeTrue();
        var second = Writer.WriteAsync(bytes.AsMemory(Much / 2)).AsTask();
        second.IsCompleted.ShouldBeFalse();
        (await ReceiveAsync(Much)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        (await second.Within("the flush")).IsCanceled.ShouldBeFalse();
    }

    [Fact]
    public async Task A_flush_that_was_cancelled_before_it_began_sends_all_the_same()
    {
        Writer.CancelPendingFlush();
        var cancelled = await Writer.WriteAsync("hello"u8.ToArray()).Within("the cancelled flush");
        cancelled.IsCanceled.ShouldBeTrue();
        (await ReceiveAsync(5)).ShouldBe("hello"u8.ToArray());
        (await Writer.WriteAsync("again"u8.ToArray())).IsCanceled.ShouldBeFalse();
    }

    [Fact]
    public async Task A_token_ends_the_wait_of_a_flush_and_not_its_sending()
    {
        using var source = new CancellationTokenSource();
        var bytes = RandomBytes(Much);
        var flush = Writer.WriteAsync(bytes, source.Token).AsTask();
        await source.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(flush.Within("the cancellation"));
        (await ReceiveAsync(Much)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task An_abort_here_ends_a_flush_that_waits()
    {
        var flush = Writer.WriteAsync(RandomBytes(Much)).AsTask();
        _server.Abort(new ConnectionAbortedException("on purpose"));
        (await flush.Within("the flush")).IsCompleted.ShouldBeTrue();
        (await Writer.WriteAsync("more"u8.ToArray()).Within("a later flush")).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_reset_of_the_peer_ends_a_flush_that_waits()
    {
        var flush = Writer.WriteAsync(RandomBytes(Much)).AsTask();
        _client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Dispose();
        (await flush.Within("the flush")).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_not_flushed_leaves_before_the_connection_is_closed()
    {
        var bytes = RandomBytes(Much);
        Writer.Write(bytes);
        var disposing = _server.DisposeAsync().AsTask();
        disposing.IsCompleted.ShouldBeFalse();
        (await ReceiveAsync(Much)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        await disposing.Within("the end");
        (await _client.ReceiveAsync(new byte[1]).Within("the end")).ShouldBe(0);
    }

    [Fact]
    public async Task A_writer_that_fails_drops_what_waits_for_a_client_that_does_not_read()
    {
        var flush = Writer.WriteAsync(RandomBytes(Much)).AsTask();
        Writer.CancelPendingFlush();
        await flush.Within("the cancelled flush");
        Writer.Complete(new InvalidOperationException("on purpose"));
        await _server.DisposeAsync().Within("the end");
    }

    [Fact]
    public async Task A_connection_that_is_closed_waits_for_a_client_only_until_it_is_aborted()
    {
        Writer.Write(RandomBytes(Much));
        var disposing = _server.DisposeAsync().AsTask();
        disposing.IsCompleted.ShouldBeFalse();
        _server.Abort(new ConnectionAbortedException("on purpose"));
        await disposing.Within("the end");
    }

    [Fact]
    public async Task A_cancellation_beside_a_flush_that_begins_is_not_lost()
    {
        // Fills what the system takes, so that each flush waits.
        var filling = Writer.WriteAsync(RandomBytes(Much)).AsTask();
        Writer.CancelPendingFlush();
        await filling.Within("the first flush");
        for (var round = 0; round < 5_000; round++)
        {
            var cancelling = Task.Run(Writer.CancelPendingFlush);
            (await Writer.WriteAsync(new byte[] { 1 }).Within("the cancellation")).IsCanceled.ShouldBeTrue();
            await cancelling;
        }
    }

    [Fact]
    public async Task Events_too_many_and_cancellations_lose_or_double_nothing()
    {
        var bytes = RandomBytes(Much);
        using var stop = new CancellationTokenSource();
        var events = Task.Factory.StartNew(
            () =>
            {
                while (!stop.IsCancellationRequested) ((ILoopEntry)_server).OnEvents(SocketCalls.Writable);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var writing = Task.Run(async () =>
        {
            var random = new Random(5);
            for (var written = 0; written < Much;)
            {
                var length = Math.Min(Much - written, random.Next(1, 200_000));
                var flush = Writer.WriteAsync(bytes.AsMemory(written, length));
                if (random.Next(2) == 0) Writer.CancelPendingFlush();
                await flush.Within("a flush");
                written += length;
            }

            await _server.DisposeAsync();
        });
        (await ReceiveAsync(Much)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        (await _client.ReceiveAsync(new byte[1]).Within("the end")).ShouldBe(0);
        await writing.Within("the writer");
        await stop.CancelAsync();
        await events;
    }

    [Fact]
    public void Nothing_can_be_written_after_completion()
    {
        Writer.Complete();
        Writer.Complete();
        Should.Throw<InvalidOperationException>(() => Writer.GetMemory());
    }

    [Fact]
    public void No_more_than_was_given_can_be_advanced()
    {
        var length = Writer.GetMemory(10).Length;
        Should.Throw<ArgumentOutOfRangeException>(() => Writer.Advance(length + 1));
        Should.Throw<ArgumentOutOfRangeException>(() => Writer.Advance(-1));
    }

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        for (var received = 0; received < count;)
        {
            var some = await _client.ReceiveAsync(bytes.AsMemory(received)).Within($"{count - received} of {count} bytes");
            some.ShouldBePositive();
            received += some;
        }

        return bytes;
    }
}
