using System.Runtime.InteropServices;
using Stork.EngineIO.WebSockets;

namespace Stork.Tests.EngineIO.WebSockets;

public sealed class WebSocketMaskTests
{
    private static readonly byte[] Key = [0x12, 0x34, 0x56, 0x78];

    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 140), 255, 256, 257, 1000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Combines_each_byte_with_the_key_wherever_it_lies(int length)
    {
        var random = new Random(length);
        for (var offset = 0; offset < 8; offset++)
        {
            for (var alignment = 0; alignment < 8; alignment++)
            {
                var source = new byte[alignment + length];
                random.NextBytes(source);
                var destination = new byte[alignment + length + 1];

                WebSocketMask.Copy(source.AsSpan(alignment), destination.AsSpan(alignment), MemoryMarshal.Read<uint>(Key), offset);

                var expected = new byte[alignment + length + 1];
                for (var i = 0; i < length; i++)
                    expected[alignment + i] = (byte)(source[alignment + i] ^ Key[(offset + i) % 4]);
                destination.ShouldBe(expected, $"offset {offset}, alignment {alignment}");
            }
        }
    }

    [Fact]
    public void Works_in_place()
    {
        var bytes = new byte[100];
        new Random(1).NextBytes(bytes);
        var original = bytes.ToArray();

        WebSocketMask.Copy(bytes, bytes, MemoryMarshal.Read<uint>(Key), 3);
        bytes.ShouldNotBe(original);
        WebSocketMask.Copy(bytes, bytes, MemoryMarshal.Read<uint>(Key), 3);

        bytes.ShouldBe(original);
    }
}
