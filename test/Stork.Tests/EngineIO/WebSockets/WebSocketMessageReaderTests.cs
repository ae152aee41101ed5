using System.Buffers;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

public sealed class WebSocketMessageReaderTests
{
    // Of larger streams not every cut is tried: all at both ends and some between, and the largest not byte by byte.
    private const int SmallEnoughForEveryCut = 1000;
    private const int SmallEnoughForSmallPieces = 100_000;
    private const int CutsBetweenTheEnds = 11;

    public static TheoryData<string> Cases => ReaderCases.Names;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reads_what_the_RFC_says(string name)
    {
        var test = ReaderCases.All[name];

        var lines = Transcript.OfWhole(test.Bytes, test.MaxMessageSize, test.ExpectMasked);

        lines.Select(WithoutMessage).ShouldBe(test.Expected);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reads_the_same_however_the_bytes_are_cut(string name)
    {
        var test = ReaderCases.All[name];
        var whole = Transcript.OfWhole(test.Bytes, test.MaxMessageSize, test.ExpectMasked);

        int[] sizes = test.Bytes.Length > SmallEnoughForSmallPieces ? [127, 4096] : [1, 2, 3, 5, 7, 13, 14, 127, 4096];
        foreach (var size in sizes)
        {
            var pieces = Segments.Cut(test.Bytes, size);
            Read(test, pieces).ShouldBe(whole, $"pieces of {size} bytes");
            Read(test, [], Segments.Join(pieces)).ShouldBe(whole, $"one buffer in segments of {size} bytes");
        }

        foreach (var cut in Cuts(test.Bytes.Length))
        {
            var (front, back) = (test.Bytes.AsMemory(0, cut), test.Bytes.AsMemory(cut));
            Read(test, [front, back]).ShouldBe(whole, $"cut at {cut}");
            Read(test, [], Segments.Join([front, back])).ShouldBe(whole, $"one buffer in two segments, the first of {cut} bytes");
        }
    }

    [Fact]
    public void Offers_code_and_reason_of_a_close()
    {
        using var reader = new WebSocketMessageReader(100);
        var buffer = new ReadOnlySequence<byte>(ClientFrame.Close(4001, "grün"u8));

        reader.TryRead(ref buffer, out var message).ShouldBeTrue();

        message.CloseCode.ShouldBe((WebSocketCloseCode)4001);
        message.CloseReason.ShouldBe("grün");
    }

    [Fact]
    public void Offers_no_status_for_a_close_without_payload()
    {
        using var reader = new WebSocketMessageReader(100);
        var buffer = new ReadOnlySequence<byte>(ClientFrame.Of(WebSocketOpcode.Close, []));

        reader.TryRead(ref buffer, out var message).ShouldBeTrue();

        message.CloseCode.ShouldBe(WebSocketCloseCode.NoStatus);
        message.CloseReason.ShouldBeEmpty();
    }

    [Fact]
    public void Cannot_be_used_after_a_violation()
    {
        using var reader = new WebSocketMessageReader(100);
        var bad = new ReadOnlySequence<byte>([0xFF, 0xFF]);
        Should.Throw<WebSocketProtocolException>(() => reader.TryRead(ref bad, out _));

        var good = new ReadOnlySequence<byte>(ClientFrame.Text("good"));
        Should.Throw<InvalidOperationException>(() => reader.TryRead(ref good, out _));
    }

    [Fact]
    public void Cannot_be_used_after_disposal()
    {
        var reader = new WebSocketMessageReader(100);
        reader.Dispose();
        reader.Dispose();

        var good = new ReadOnlySequence<byte>(ClientFrame.Text("good"));
        Should.Throw<ObjectDisposedException>(() => reader.TryRead(ref good, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Asks_for_a_limit_that_lets_something_through(int maxMessageSize) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new WebSocketMessageReader(maxMessageSize));

    private static string WithoutMessage(string line) =>
        line.StartsWith("violation", StringComparison.Ordinal) ? line.Split(':')[0] : line;

    private static string[] Read(ReaderCase test, IReadOnlyList<ReadOnlyMemory<byte>> pieces, ReadOnlySequence<byte> buffer = default)
    {
        using var reader = new WebSocketMessageReader(test.MaxMessageSize, test.ExpectMasked);
        return pieces.Count > 0 ? Transcript.Of(reader, pieces) : Transcript.Of(reader, buffer);
    }

    private static IEnumerable<int> Cuts(int length)
    {
        if (length <= SmallEnoughForEveryCut)
            return Enumerable.Range(0, length + 1);

        var between = Enumerable.Range(1, CutsBetweenTheEnds).Select(i => (int)((long)length * i / (CutsBetweenTheEnds + 1)));
        return [.. Enumerable.Range(0, 40), .. between, .. Enumerable.Range(length - 40, 41)];
    }
}
