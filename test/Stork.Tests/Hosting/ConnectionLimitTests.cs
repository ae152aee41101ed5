using Stork.Options;

namespace Stork.Tests.Hosting;

public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData(null, 200, 1_000_000)]
    [InlineData(100L, 90, 1)]
    [InlineData(400L, 200, 47)]
    [InlineData(1024L, 200, 632)]
    [InlineData(1024L, 500, 332)]
    [InlineData(1_048_576L, 200, 982_712)]
    [InlineData(1L << 40, 200, 1_000_000)]
    public void Connections_leave_descriptors_for_the_store_and_all_else(long? descriptors, int open, int connections) =>
        ConnectionLimit.Fitting(descriptors, open).ShouldBe(connections);

    [Fact]
    public async Task The_limits_are_said_at_the_start()
    {
        new SocketIOOptions().MaxConnections.ShouldBe(ConnectionLimit.Default);
        Assert.SkipWhen(ConnectionLimit.DescriptorLimit is null, "needs a limit of file descriptors");
        await using (var app = await StorkApp.StartAsync(options => options.MaxConnections = 2))
            app.Log.Of(80).ShouldHaveSingleItem().Message.ShouldContain(
                $"At most 2 connections at the same time; of the {ConnectionLimit.DescriptorLimit} file descriptors");
        await using var large = await StorkApp.StartAsync(options => options.MaxConnections = int.MaxValue);
        large.Log.Of(81).ShouldHaveSingleItem().Message.ShouldContain("ulimit -n");
    }
}
