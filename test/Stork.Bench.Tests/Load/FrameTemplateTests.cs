using System.Text;
using Stork.Bench.Ceiling;
using Stork.Bench.Load;

namespace Stork.Bench.Tests.Load;

/// <summary>Frames of the load side, read by the server of the ceiling.</summary>
public sealed class FrameTemplateTests
{
    private const int TextOpcode = 1;
    private const int BinaryOpcode = 2;
    private const int CloseOpcode = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(1024)]
    public void Bytes_of_any_length_arrive_as_they_were(int length)
    {
        byte[] payload = [.. Enumerable.Range(0, length).Select(static at => (byte)at)];

        var (opcode, received) = Read(FrameTemplate.Binary(payload).Bytes);

        opcode.ShouldBe(BinaryOpcode);
        received.ShouldBe(payload);
    }

    [Fact]
    public void A_number_is_written_over_the_digits_and_nothing_else()
    {
        var frame = FrameTemplate.Text("42000000[\"echo\"]");

        frame.SetNumber(2, 6, 123_456);
        frame.SetNumber(2, 6, 987);

        var (opcode, received) = Read(frame.Bytes);
        opcode.ShouldBe(TextOpcode);
        Encoding.ASCII.GetString(received).ShouldBe("42000987[\"echo\"]");
    }

    [Fact]
    public void An_integer_is_written_over_its_four_bytes_and_nothing_else()
    {
        var frame = FrameTemplate.Binary(new byte[9]);

        frame.SetInteger(3, 0x04030201);

        Read(frame.Bytes).Payload.ShouldBe([0, 0, 0, 1, 2, 3, 4, 0, 0]);
    }

    [Fact]
    public void A_goodbye_says_that_all_is_well()
    {
        var (opcode, payload) = Read(FrameTemplate.Close.Bytes);

        opcode.ShouldBe(CloseOpcode);
        payload.ShouldBe([0x03, 0xE8]);
    }

    private static (int Opcode, byte[] Payload) Read(ReadOnlySpan<byte> bytes)
    {
        byte[] received = [.. bytes, 0x81];
        for (var length = 0; length < bytes.Length; length++)
            ClientFrame.TryRead(received.AsSpan(0, length), out _).ShouldBeFalse();
        ClientFrame.TryRead(received, out var frame).ShouldBeTrue();
        frame.Length.ShouldBe(bytes.Length);
        var payload = frame.Payload.ToArray();
        for (var at = 0; at < payload.Length; at++)
            payload[at] ^= frame.Mask[at % frame.Mask.Length];
        return (frame.Opcode, payload);
    }
}
