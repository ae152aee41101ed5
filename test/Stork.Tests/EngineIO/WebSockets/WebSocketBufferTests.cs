using System.Buffers;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>What a reader holds, and when.</summary>
public sealed class WebSocketBufferTests
{
    // The pool rounds up to a power of two, and growing doubles.
    private const int MostPerByteReceived = 4;
    private const int Smallest = 4096;
    private const int OneGigabyte = 1 << 30;

    [Fact]
    public void Holds_nothing_before_the_first_and_after_the_last_byte()
    {
        using var reader = new WebSocketMessageReader(OneGigabyte);
        reader.HeldBytes.ShouldBe(0);

        var buffer = new ReadOnlySequence<byte>(ClientFrame.Concat(ClientFrame.Text("a"), ClientFrame.Text("b"), [0x81]));
        reader.TryRead(ref buffer, out _).ShouldBeTrue();
        reader.TryRead(ref buffer, out _).ShouldBeTrue();
        reader.HeldBytes.ShouldBe(Smallest);

        reader.TryRead(ref buffer, out _).ShouldBeFalse();
        reader.HeldBytes.ShouldBe(0);
        buffer.Length.ShouldBe(1);
    }

    [Fact]
    public void Gives_the_buffer_back_to_an_owner_that_stops_early()
    {
        using var reader = new WebSocketMessageReader(OneGigabyte);
        var buffer = new ReadOnlySequence<byte>(ClientFrame.Concat(ClientFrame.Text("a"), ClientFrame.Text("b")));
        reader.TryRead(ref buffer, out _).ShouldBeTrue();

        reader.ReleaseBuffers();

        reader.HeldBytes.ShouldBe(0);
        reader.TryRead(ref buffer, out var second).ShouldBeTrue();
        Transcript.Describe(second).ShouldBe(Transcript.Describe(WebSocketOpcode.Text, "b"u8));
    }

    [Fact]
    public void Keeps_what_it_has_of_an_unfinished_message()
    {
        using var reader = new WebSocketMessageReader(OneGigabyte);
        var frames = ClientFrame.Concat(ClientFrame.Text("ab", fin: false), ClientFrame.Of(WebSocketOpcode.Continuation, "cd"u8));
        var front = new ReadOnlySequence<byte>(frames, 0, frames.Length - 1);
        reader.TryRead(ref front, out _).ShouldBeFalse();

        reader.ReleaseBuffers();

        reader.HeldBytes.ShouldBe(Smallest);
        var back = new ReadOnlySequence<byte>(frames, frames.Length - 1, 1);
        reader.TryRead(ref back, out var message).ShouldBeTrue();
        Transcript.Describe(message).ShouldBe(Transcript.Describe(WebSocketOpcode.Text, "abcd"u8));
    }

    [Fact]
    public void Gives_the_buffer_back_on_disposal_in_the_middle_of_a_message()
    {
        var reader = new WebSocketMessageReader(OneGigabyte);
        var buffer = new ReadOnlySequence<byte>(ClientFrame.Text("ab", fin: false));
        reader.TryRead(ref buffer, out _).ShouldBeFalse();
        reader.HeldBytes.ShouldBe(Smallest);

        reader.Dispose();

        reader.HeldBytes.ShouldBe(0);
    }

    [Fact]
    public void Gives_the_buffer_back_when_what_follows_a_close_is_thrown_away()
    {
        using var reader = new WebSocketMessageReader(OneGigabyte);
        var bytes = ClientFrame.Concat(ClientFrame.Text("ab", fin: false), ClientFrame.Close(1000), ClientFrame.Text("late"));
        var buffer = new ReadOnlySequence<byte>(bytes);
        reader.TryRead(ref buffer, out _).ShouldBeTrue();
        reader.HeldBytes.ShouldBe(Smallest);

        reader.TryRead(ref buffer, out _).ShouldBeFalse();

        reader.HeldBytes.ShouldBe(0);
        buffer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Does_not_grow_by_a_length_that_is_only_announced()
    {
        using var reader = new WebSocketMessageReader(OneGigabyte);
        var header = ClientFrame.Raw(0x82, 127, OneGigabyte, [], ClientFrame.DefaultKey);
        var buffer = new ReadOnlySequence<byte>(header);
        reader.TryRead(ref buffer, out _).ShouldBeFalse();
        reader.HeldBytes.ShouldBe(0);

        var received = 0;
        var piece = new byte[1000];
        while (received < 3_000_000)
        {
            buffer = new ReadOnlySequence<byte>(piece);
            reader.TryRead(ref buffer, out _).ShouldBeFalse();
            received += piece.Length;
            reader.HeldBytes.ShouldBeLessThanOrEqualTo(Math.Max(Smallest, MostPerByteReceived * received));
        }

        reader.HeldBytes.ShouldBeGreaterThanOrEqualTo(received);
    }

    [Fact]
    public void Grows_with_the_bytes_of_fragments_and_not_with_their_number()
    {
        using var reader = new WebSocketMessageReader(OneGigabyte);
        var empty = ClientFrame.Of(WebSocketOpcode.Continuation, [], fin: false);
        var small = ClientFrame.Of(WebSocketOpcode.Continuation, "x"u8, fin: false);
        var buffer = new ReadOnlySequence<byte>(ClientFrame.Of(WebSocketOpcode.Text, [], fin: false));
        reader.TryRead(ref buffer, out _).ShouldBeFalse();

        for (var i = 0; i < 10_000; i++)
        {
            buffer = new ReadOnlySequence<byte>(empty);
            reader.TryRead(ref buffer, out _).ShouldBeFalse();
        }

        reader.HeldBytes.ShouldBe(0);
        for (var i = 1; i <= 20_000; i++)
        {
            buffer = new ReadOnlySequence<byte>(small);
            reader.TryRead(ref buffer, out _).ShouldBeFalse();
            reader.HeldBytes.ShouldBeLessThanOrEqualTo(Math.Max(Smallest, MostPerByteReceived * i));
        }
    }

    [Fact]
    public void Refuses_a_message_that_is_too_long_before_taking_any_of_it()
    {
        using var reader = new WebSocketMessageReader(OneGigabyte);
        var buffer = new ReadOnlySequence<byte>(ClientFrame.Raw(0x82, 127, OneGigabyte + 1, new byte[5000], ClientFrame.DefaultKey));

        Should.Throw<WebSocketProtocolException>(() => reader.TryRead(ref buffer, out _)).CloseCode.ShouldBe(WebSocketCloseCode.TooBig);

        reader.HeldBytes.ShouldBe(0);
    }

    [Fact]
    public void Accepts_the_largest_limit_there_is()
    {
        using var reader = new WebSocketMessageReader(int.MaxValue);
        var buffer = new ReadOnlySequence<byte>(ClientFrame.Raw(0x82, 127, int.MaxValue, [], ClientFrame.DefaultKey));

        Should.Throw<WebSocketProtocolException>(() => reader.TryRead(ref buffer, out _)).CloseCode.ShouldBe(WebSocketCloseCode.TooBig);
    }

    [Fact]
    public void Allocates_nothing_for_small_messages()
    {
        const int Rounds = 1000;
        using var reader = new WebSocketMessageReader(OneGigabyte);
        var burst = ClientFrame.Concat(Enumerable.Repeat(ClientFrame.Text(new string('x', 64)), 50));
        var pieces = Segments.Join(Segments.Cut(burst, 100));
        var count = Read(reader, burst, pieces, Rounds);

        var before = GC.GetAllocatedBytesForCurrentThread();
        count += Read(reader, burst, pieces, Rounds);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        allocated.ShouldBe(0);
        count.ShouldBe(2 * Rounds * 2 * 50);
    }

    private static int Read(WebSocketMessageReader reader, byte[] burst, ReadOnlySequence<byte> pieces, int rounds)
    {
        var count = 0;
        for (var i = 0; i < rounds; i++)
        {
            var whole = new ReadOnlySequence<byte>(burst);
            while (reader.TryRead(ref whole, out _))
                count++;
            var cut = pieces;
            while (reader.TryRead(ref cut, out _))
                count++;
        }

        return count;
    }
}
