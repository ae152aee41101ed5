using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Stork.EventLoops;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

/// <summary>What a socket receives, as a pipe.</summary>
public sealed class SocketReaderTests : IAsyncLifetime
{
    private LoopHost _host = null!;
    private LoopConnection _server = null!;
    private TcpSocket _client = null!;

    private PipeReader Reader => _server.Transport.Input;

    public async ValueTask InitializeAsync()
    {
        _host = await LoopHost.StartAsync();
        (_server, _client) = await _host.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_host is not null) await _host.DisposeAsync();
    }

    [Fact]
    public async Task What_is_not_consumed_comes_again_with_what_follows()
    {
        await SendAsync("one two");
        (await ReadAsync(consume: 4)).ShouldBe("one two");
        await SendAsync(" three");
        (await ReadUntilAsync("two three")).ShouldBe("two three");
    }

    [Fact]
    public async Task What_is_not_examined_comes_again_at_once()
    {
        await SendAsync("one two");
        var read = await Reader.ReadAsync().Within("bytes");
        Reader.AdvanceTo(read.Buffer.GetPosition(1), read.Buffer.GetPosition(3));

        var again = Reader.ReadAsync();

        again.IsCompleted.ShouldBeTrue();
        TextOf(await again).ShouldBe("ne two");
    }

    [Fact]
    public async Task What_is_examined_does_not_come_again_until_more_arrives()
    {
        await SendAsync("one");
        await ReadAsync(consume: 1);
        Reader.TryRead(out _).ShouldBeFalse();
        var waiting = Reader.ReadAsync().AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await SendAsync("!");
        TextOf(await waiting.Within("more")).ShouldBe("ne!");
    }

    [Fact]
    public async Task A_message_that_comes_byte_by_byte_is_whole_in_the_end()
    {
        const string message = "Each of these comes in a segment of its own.";
        var reading = ReadUntilAsync(message);
        foreach (var letter in message) await SendAsync(letter.ToString());
        (await reading).ShouldBe(message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(16 * 1024 - 1)]
    [InlineData(16 * 1024)]
    public async Task A_rest_of_any_length_survives_a_wait(int length)
    {
        var rest = RandomBytes(length);
        await _client.SendAsync(rest);
        await ReadBytesAsync(length);
        var waiting = Reader.ReadAsync().AsTask();
        await _client.SendAsync(new byte[] { 42 });
        (await waiting.Within("one more")).Buffer.ToArray().ShouldBe([.. rest, 42]);
    }

    [Fact]
    public async Task A_reader_may_want_many_megabytes_before_it_consumes_any()
    {
        var bytes = RandomBytes(20 << 20);
        var sending = _client.SendAsync(bytes);
        (await ReadBytesAsync(bytes.Length)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        await sending;
    }

    [Fact]
    public async Task Many_megabytes_arrive_byte_for_byte()
    {
        var bytes = RandomBytes(30 << 20);
        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < bytes.Length;) sent += await _client.SendAsync(bytes.AsMemory(sent));
            _client.Shutdown(SocketShutdown.Send);
        });
        var received = new MemoryStream();
        var random = new Random(7);
        while (true)
        {
            var read = await Reader.ReadAsync().Within("bytes");
            if (read.Buffer.IsEmpty && read.IsCompleted) break;
            // Some of it, and looked at none, some or all of the rest.
            var consumed = random.NextInt64(read.Buffer.Length + 1);
            var examined = read.IsCompleted ? consumed : random.NextInt64(consumed, read.Buffer.Length + 1);
            foreach (var memory in read.Buffer.Slice(0, consumed)) received.Write(memory.Span);
            Reader.AdvanceTo(read.Buffer.GetPosition(consumed), read.Buffer.GetPosition(examined));
        }

        await sending;
        received.ToArray().AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task A_wait_can_be_cancelled_and_the_next_read_waits_again()
    {
        var waiting = Reader.ReadAsync().AsTask();
        Reader.CancelPendingRead();
        var read = await waiting.Within("the cancellation");
        (read.IsCanceled, read.Buffer.IsEmpty, read.IsCompleted).ShouldBe((true, true, false));
        Reader.AdvanceTo(read.Buffer.End);
        waiting = Reader.ReadAsync().AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await SendAsync("later");
        TextOf(await waiting.Within("bytes")).ShouldBe("later");
    }

    [Fact]
    public async Task A_cancellation_between_reads_meets_the_next_one_only()
    {
        Reader.CancelPendingRead();
        var cancelled = Reader.ReadAsync();
        cancelled.IsCompleted.ShouldBeTrue();
        (await cancelled).IsCanceled.ShouldBeTrue();
        await SendAsync("later");
        var read = await Reader.ReadAsync().Within("bytes");
        (read.IsCanceled, TextOf(read)).ShouldBe((false, "later"));
    }

    [Fact]
    public async Task A_cancelled_read_gives_what_is_there()
    {
        await SendAsync("one two");
        await ReadAsync(consume: 4);
        Reader.CancelPendingRead();
        Reader.TryRead(out var read).ShouldBeTrue();
        (read.IsCanceled, TextOf(read)).ShouldBe((true, "two"));
    }

    [Fact]
    public async Task A_token_ends_a_wait_and_loses_nothing()
    {
        await SendAsync("one two");
        await ReadAsync(consume: 4);
        using var source = new CancellationTokenSource();
        var waiting = Reader.ReadAsync(source.Token).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await source.CancelAsync();
        (await Should.ThrowAsync<OperationCanceledException>(waiting.Within("the cancellation"))).CancellationToken.ShouldBe(source.Token);
        Reader.TryRead(out _).ShouldBeFalse("the cancellation was told");
        await SendAsync(" three");
        (await ReadUntilAsync("two three")).ShouldBe("two three");
    }

    [Fact]
    public async Task A_token_never_ends_a_read_in_the_other_way()
    {
        for (var round = 0; round < 3_000; round++)
        {
            using var source = new CancellationTokenSource();
            var cancelling = Task.Run(source.Cancel);
            try
            {
                var read = await Reader.ReadAsync(source.Token).Within("the cancellation");
                read.IsCanceled.ShouldBeFalse("it has to throw");
            }
            catch (OperationCanceledException)
            {
            }

            await cancelling;
        }

        await SendAsync("still there");
        (await ReadUntilAsync("still there")).ShouldBe("still there");
    }

    [Fact]
    public async Task A_cancellation_is_not_lost_beside_events_that_bring_nothing()
    {
        using var stop = new CancellationTokenSource();
        var events = Task.Factory.StartNew(
            () =>
            {
                while (!stop.IsCancellationRequested) ((ILoopEntry)_server).OnEvents(SocketCalls.Readable);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (var round = 0; round < 20_000; round++)
        {
            var waiting = Reader.ReadAsync().AsTask();
            Reader.CancelPendingRead();
            (await waiting.Within("the cancellation")).IsCanceled.ShouldBeTrue();
        }

        await stop.CancelAsync();
        await events;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_the_peer_comes_behind_its_bytes(bool isAtOnce)
    {
        var waiting = isAtOnce ? null : Reader.ReadAsync().AsTask();
        await SendAsync("the last");
        if (waiting is not null)
        {
            TextOf(await waiting.Within("bytes")).ShouldBe("the last");
            Reader.AdvanceTo((await waiting).Buffer.End);
        }

        _client.Shutdown(SocketShutdown.Send);
        await Waiting.Until(() => _server.IsHungUp, "the end was seen");
        var left = "";
        while (true)
        {
            var read = await Reader.ReadAsync().Within("the end");
            left += TextOf(read);
            Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }

        left.ShouldBe(isAtOnce ? "the last" : "");
        Reader.TryRead(out var again).ShouldBeTrue();
        (again.IsCompleted, again.Buffer.IsEmpty).ShouldBe((true, true));
    }

    [Fact]
    public async Task The_end_of_the_peer_ends_a_wait()
    {
        var waiting = Reader.ReadAsync().AsTask();
        _client.Shutdown(SocketShutdown.Send);
        (await waiting.Within("the end")).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_half_message_stays_when_the_peer_ends()
    {
        await SendAsync("hal");
        await ReadAsync(consume: 0);
        var waiting = Reader.ReadAsync().AsTask();
        _client.Shutdown(SocketShutdown.Send);
        var read = await waiting.Within("the end");
        (read.IsCompleted, TextOf(read)).ShouldBe((true, "hal"));
    }

    [Fact]
    public async Task A_reset_fails_the_wait_and_every_read_from_then_on()
    {
        var waiting = Reader.ReadAsync().AsTask();
        _client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Dispose();
        await Should.ThrowAsync<ConnectionResetException>(waiting.Within("the reset"));
        await Should.ThrowAsync<ConnectionResetException>(async () => await Reader.ReadAsync());
    }

    [Fact]
    public async Task An_abort_here_fails_the_wait_with_its_reason_and_resets_the_peer()
    {
        var waiting = Reader.ReadAsync();
        _server.Abort(new ConnectionAbortedException("on purpose"));
        (await Assert.ThrowsAsync<ConnectionAbortedException>(async () => await waiting)).Message.ShouldBe("on purpose");
        var receiving = _client.ReceiveAsync(new byte[1]).Within("the peer's end");
        (await Should.ThrowAsync<SocketException>(receiving)).SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    [Fact]
    public async Task Nothing_can_be_read_after_completion()
    {
        await SendAsync("unread");
        Reader.Complete();
        Reader.Complete();
        Should.Throw<InvalidOperationException>(() => Reader.TryRead(out _));
        await Should.ThrowAsync<InvalidOperationException>(async () => await Reader.ReadAsync());
    }

    [Fact]
    public async Task A_reader_that_waits_has_no_buffer_and_one_that_has_a_rest_a_small_one()
    {
        await SendAsync("all of it");
        await ReadAsync(consume: 9);
        var waiting = Reader.ReadAsync().AsTask();
        ((SocketReader)Reader).BufferLength().ShouldBe(0);

        await SendAsync("some");
        var read = await waiting.Within("bytes");
        Reader.AdvanceTo(read.Buffer.GetPosition(1), read.Buffer.End);
        waiting = Reader.ReadAsync().AsTask();
        ((SocketReader)Reader).BufferLength().ShouldBeLessThanOrEqualTo(16);
        await SendAsync("!");
        TextOf(await waiting.Within("bytes")).ShouldBe("ome!");
    }

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static string TextOf(ReadResult read) => Encoding.ASCII.GetString(read.Buffer);

    private async Task SendAsync(string text) => await _client.SendAsync(Encoding.ASCII.GetBytes(text));

    private async Task<string> ReadAsync(int consume)
    {
        var read = await Reader.ReadAsync().Within("bytes");
        var text = TextOf(read);
        Reader.AdvanceTo(read.Buffer.GetPosition(consume), read.Buffer.End);
        return text;
    }

    private async Task<string> ReadUntilAsync(string expected) => Encoding.ASCII.GetString(await ReadBytesAsync(expected.Length));

    /// <summary>Reads until so many bytes are there, and consumes none.</summary>
    private async Task<byte[]> ReadBytesAsync(int count)
    {
        while (true)
        {
            var read = await Reader.ReadAsync().Within($"{count} bytes");
            var bytes = read.Buffer.Length >= count ? read.Buffer.ToArray() : null;
            Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (bytes is not null) return bytes;
        }
    }
}
