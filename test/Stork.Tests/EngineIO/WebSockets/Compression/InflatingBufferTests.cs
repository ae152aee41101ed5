using System.Buffers;
using Stork.EngineIO.WebSockets;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets.Compression;

/// <summary>What inflating holds and allocates.</summary>
public sealed class InflatingBufferTests
{
    private const int Limit = 64 * 1024;

    // The pool rounds up to a power of two: once for the payload, once for the message and the byte that is too many.
    private const int MostHeld = (2 * Limit) + (2 * Limit);

    [Fact]
    public void Holds_nothing_between_messages_without_takeover_and_no_array_with_it()
    {
        foreach (var takesOver in (bool[])[false, true])
        {
            using var reader = new WebSocketMessageReader(Limit, inflater: new MessageInflater(15, takesOver));
            var buffer = new ReadOnlySequence<byte>(DeflatedFrame.OfMessage(WebSocketOpcode.Text, new byte[Limit]));
            reader.TryRead(ref buffer, out var message).ShouldBeTrue();
            message.Payload.Length.ShouldBe(Limit);
            reader.HeldBytes.ShouldBeInRange(Limit, MostHeld);

            reader.ReleaseBuffers();

            reader.HeldBytes.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_bomb_is_inflated_no_further_than_the_limit(bool takesOver)
    {
        var bomb = DeflatedFrame.OfMessage(WebSocketOpcode.Binary, new byte[1_000 * Limit / 2]);
        bomb.Length.ShouldBeLessThan(Limit);
        // Whatever is made once is made here.
        Explode(bomb, takesOver);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Explode(bomb, takesOver).ShouldBeLessThanOrEqualTo(MostHeld);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2 * MostHeld);
    }

    [Fact]
    public void Blocks_without_content_cost_no_more_than_their_bytes()
    {
        byte[] blocks = [.. Enumerable.Repeat((byte[])[0, 0, 0, 0xFF, 0xFF], (Limit / 5) - 1).SelectMany(static block => block), 0];
        using var reader = new WebSocketMessageReader(Limit, inflater: new MessageInflater(15, takesOver: true));
        var buffer = new ReadOnlySequence<byte>(DeflatedFrame.Of(WebSocketOpcode.Binary, blocks));

        reader.TryRead(ref buffer, out var message).ShouldBeTrue();

        message.Payload.Length.ShouldBe(0);
        reader.HeldBytes.ShouldBeLessThanOrEqualTo(MostHeld);
    }

    [Fact]
    public void A_reader_that_may_inflate_allocates_nothing_for_messages_that_are_not_compressed()
    {
        using var reader = new WebSocketMessageReader(Limit, inflater: new MessageInflater(15, takesOver: true));
        var burst = ClientFrame.Concat(Enumerable.Repeat(ClientFrame.Text(new string('x', 64)), 50));
        Read(reader, burst);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(reader, burst);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static int Explode(byte[] bomb, bool takesOver)
    {
        using var reader = new WebSocketMessageReader(Limit, inflater: new MessageInflater(15, takesOver));
        var buffer = new ReadOnlySequence<byte>(bomb);
        Should.Throw<WebSocketProtocolException>(() => reader.TryRead(ref buffer, out _)).CloseCode.ShouldBe(WebSocketCloseCode.TooBig);
        return reader.HeldBytes;
    }

    private static void Read(WebSocketMessageReader reader, byte[] burst)
    {
        for (var i = 0; i < 1_000; i++)
        {
            var buffer = new ReadOnlySequence<byte>(burst);
            while (reader.TryRead(ref buffer, out _))
            {
            }
        }
    }
}
