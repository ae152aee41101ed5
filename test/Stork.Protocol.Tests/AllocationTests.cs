namespace Stork.Protocol.Tests;

/// <summary>What every message passes through leaves nothing for the collector.</summary>
public class AllocationTests
{
    private const int Rounds = 10;
    private const int Runs = 2_000;

    [Theory]
    [InlineData("2[\"chat message\",\"hello world, this is a text of usual length\"]")]
    [InlineData("2/custom,17[\"order\",{\"id\":1,\"lines\":[{\"sku\":\"a\"},{\"sku\":\"b\"}],\"note\":\"\\u2603\"},true,null]")]
    [InlineData("317[\"ok\"]")]
    [InlineData("2[12,0.5]")]
    [InlineData("0/admin,{\"token\":\"123\"}")]
    [InlineData("1")]
    public void Decoding_a_packet_without_attachments_allocates_nothing(string text)
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        var bytes = Wire.Utf8(text);

        Allocated(() => decoder.TryDecode(bytes, out _)).ShouldBe(0);
    }

    [Fact]
    public void Reading_frames_and_bodies_allocates_nothing()
    {
        var frame = Wire.Utf8("42[\"a\"]");
        var body = Wire.Utf8("42[\"a\"]\u001e42[\"b\"]\u001e3");

        Allocated(() => EnginePacketReader.ReadText(frame)).ShouldBe(0);
        Allocated(() => EnginePacketReader.ReadBinary(frame)).ShouldBe(0);
        Allocated(() =>
        {
            var reader = new PollingPayloadReader(body, ProtocolLimits.Default);
            while (reader.TryRead(out _))
                continue;
        }).ShouldBe(0);
    }

    [Fact]
    public void Writing_a_header_allocates_nothing()
    {
        var destination = new byte[PacketHeader.GetMaxLength(7)];

        Allocated(() => PacketHeader.Format(destination, PacketType.BinaryEvent, 3, "/custom"u8, 123_456)).ShouldBe(0);
    }

    [Fact]
    public void An_attachment_costs_its_copy_and_little_more()
    {
        var decoder = new PacketDecoder(ProtocolLimits.Default);
        var text = Wire.Utf8("51-[\"a\",{\"_placeholder\":true,\"num\":0}]");
        var data = new byte[1_024];

        var perPacket = Allocated(() =>
        {
            decoder.TryDecode(text, out _);
            decoder.TryDecodeBinary(data, out _);
        }) / (double)Runs;

        perPacket.ShouldBeLessThan(data.Length + text.Length + 256);
    }

    // The least of some rounds: the runtime itself allocates now and then, as when it replaces code by a better version.
    private static long Allocated(Action action)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Runs; i++)
                action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
