namespace Stork.Protocol.Tests;

public class ProtocolLimitsTests
{
    [Fact]
    public void Have_the_documented_defaults()
    {
        var limits = ProtocolLimits.Default;

        limits.MaxAttachments.ShouldBe(10);
        limits.MaxJsonDepth.ShouldBe(64);
        limits.MaxPacketSize.ShouldBe(1_000_000);
        limits.MaxNamespaceLength.ShouldBe(512);
        limits.MaxPacketsPerPayload.ShouldBe(250_000);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(ProtocolLimits.LargestAttachments + 1)]
    public void Check_the_attachments(int value) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ProtocolLimits { MaxAttachments = value });

    [Theory]
    [InlineData(0)]
    [InlineData(ProtocolLimits.LargestJsonDepth + 1)]
    public void Check_the_depth(int value) => Should.Throw<ArgumentOutOfRangeException>(() => new ProtocolLimits { MaxJsonDepth = value });

    [Theory]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void Check_the_size(int value) => Should.Throw<ArgumentOutOfRangeException>(() => new ProtocolLimits { MaxPacketSize = value });

    [Theory]
    [InlineData(0)]
    [InlineData(ProtocolLimits.LargestNamespaceLength + 1)]
    public void Check_the_namespace(int value) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ProtocolLimits { MaxNamespaceLength = value });

    [Theory]
    [InlineData(0)]
    [InlineData(int.MinValue)]
    public void Check_the_packets_of_a_body(int value) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new ProtocolLimits { MaxPacketsPerPayload = value });

    [Fact]
    public void Take_the_ends_of_each_range()
    {
        _ = new ProtocolLimits
        {
            MaxAttachments = 0,
            MaxJsonDepth = 1,
            MaxPacketSize = 1,
            MaxNamespaceLength = 1,
            MaxPacketsPerPayload = 1,
        };
        var most = new ProtocolLimits
        {
            MaxAttachments = ProtocolLimits.LargestAttachments,
            MaxJsonDepth = ProtocolLimits.LargestJsonDepth,
            MaxPacketSize = ProtocolLimits.LargestPacketSize,
            MaxNamespaceLength = ProtocolLimits.LargestNamespaceLength,
            MaxPacketsPerPayload = int.MaxValue,
        };

        Wire.Decode("2[\"a\"]", most).IsEvent.ShouldBeTrue();
    }
}
