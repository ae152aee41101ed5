using Stork.Hosting;

namespace Stork.Tests.Hosting;

public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData(null, 1_000_000)]
    [InlineData(1L, 1)]
    [InlineData(256L, 128)]
    [InlineData(1024L, 704)]
    [InlineData(65_536L, 61_184)]
    [InlineData(1_048_576L, 982_784)]
    [InlineData(1L << 40, 1_000_000)]
    public void Connections_leave_descriptors_for_the_store_and_all_else(long? descriptors, int connections) =>
        ConnectionLimit.Fitting(descriptors).ShouldBe(connections);

    [Fact]
    public async Task The_limits_are_said_at_the_start()
    {
        new SocketIOOptions().MaxConnections.ShouldBe(ConnectionLimit.Fitting(ConnectionLimit.DescriptorLimit));
        Assert.SkipWhen(ConnectionLimit.DescriptorLimit is null, "needs a limit of file descriptors");
        await using (var app = await StorkApp.StartAsync(options => options.MaxConnections = 2))
            app.Log.Of(80).ShouldHaveSingleItem().Message.ShouldContain($"At most 2 connections at the same time; of the {ConnectionLimit.DescriptorLimit} file descriptors");
        await using var large = await StorkApp.StartAsync(options => options.MaxConnections = int.MaxValue);
        large.Log.Of(81).ShouldHaveSingleItem().Message.ShouldContain("ulimit -n");
    }
}
