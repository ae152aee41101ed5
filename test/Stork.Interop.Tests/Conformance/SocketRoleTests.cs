namespace Stork.Interop.Tests.Conformance;

/// <summary>Socket.IO on the wire of the host, frame by frame.</summary>
public sealed class SocketRoleTests
{
    [Fact]
    public async Task Namespaces_are_joined_with_auth_and_left_again()
    {
        await using var host = await ConformanceHost.StartAsync("sio");
        using var wire = await WireAsync(host);

        await wire.SendAsync("40");
        (await wire.ReadAsync()).ShouldStartWith("40{\"sid\":\"");
        (await wire.ReadAsync()).ShouldBe("""42["auth",{}]""");
        await wire.SendAsync("""40/custom,{"token":"123"}""");
        (await wire.ReadAsync())!.ShouldMatch("""^40/custom,\{"sid":"[A-Za-z0-9_-]{20}"\}$""");
        (await wire.ReadAsync()).ShouldBe("""42/custom,["auth",{"token":"123"}]""");
        await wire.SendAsync("40/random");
        (await wire.ReadAsync()).ShouldBe("""44/random,{"message":"Invalid namespace"}""");
        await wire.SendAsync("41/custom,");
        await wire.SendAsync("""42["message","still here"]""");
        (await wire.ReadAsync()).ShouldBe("""42["message-back","still here"]""");
    }

    [Fact]
    public async Task Messages_and_acknowledgements_come_back_as_they_were_sent()
    {
        await using var host = await ConformanceHost.StartAsync("sio");
        using var wire = await WireAsync(host);
        await wire.SendAsync("40");
        await wire.ReadAsync();
        await wire.ReadAsync();

        await wire.SendAsync("""42["message",1,"2",{"3":[true]}]""");
        (await wire.ReadAsync()).ShouldBe("""42["message-back",1,"2",{"3":[true]}]""");
        await wire.SendAsync("""42456["message-with-ack",1,"2",{"3":[false]}]""");
        (await wire.ReadAsync()).ShouldBe("""43456[1,"2",{"3":[false]}]""");
        await wire.SendAsync("""452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        await wire.SendAsync([1, 2, 3]);
        await wire.SendAsync([4, 5, 6]);
        (await wire.ReadAsync()).ShouldBe("""452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        (await wire.ReadAsync()).ShouldBe("010203");
        (await wire.ReadAsync()).ShouldBe("040506");
        await wire.SendAsync("""452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        await wire.SendAsync([7]);
        await wire.SendAsync([]);
        (await wire.ReadAsync()).ShouldBe("""462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        (await wire.ReadAsync()).ShouldBe("07");
        (await wire.ReadAsync()).ShouldBe("");
    }

    [Theory]
    [InlineData("a second CONNECT", "40")]
    [InlineData("an event for a namespace that was not joined", """42/custom,["message"]""")]
    [InlineData("an unknown packet type", "4abc")]
    [InlineData("a payload that is no array", """42{}""")]
    [InlineData("no event name", """42[]""")]
    [InlineData("a name that is neither text nor number", """42[{}]""")]
    [InlineData("a reserved name", """42["disconnecting"]""")]
    [InlineData("broken JSON", """42["message",""")]
    [InlineData("an acknowledgement that is no array", """431{}""")]
    [InlineData("an error only servers send", """44{"message":"x"}""")]
    [InlineData("a disconnect with a payload", """41{}""")]
    [InlineData("no attachments in a binary event", """450-["message"]""")]
    [InlineData("too many attachments", """4511-["message"]""")]
    [InlineData("a placeholder out of range", """451-["message",{"_placeholder":true,"num":1}]""")]
    [InlineData("an unknown engine packet", "abc")]
    public async Task Breaking_the_rules_closes_the_connection(string rule, string packet)
    {
        await using var host = await ConformanceHost.StartAsync("sio");
        using var wire = await WireAsync(host);
        await wire.SendAsync("40");
        await wire.ReadAsync();
        await wire.ReadAsync();

        await wire.SendAsync(packet);

        (await wire.ReadAsync()).ShouldBeNull(rule);
    }

    [Fact]
    public async Task A_client_that_joins_nothing_is_sent_away()
    {
        await using var host = await ConformanceHost.StartAsync("sio");
        using var wire = await WireAsync(host);
        (await wire.ReadAsync()).ShouldBeNull();
    }

    private static async Task<Wire> WireAsync(ConformanceHost host)
    {
        var wire = await Wire.ConnectAsync(new Uri($"ws://{host.Url.Authority}/socket.io/?EIO=4&transport=websocket"));
        (await wire.ReadAsync()).ShouldStartWith("0{\"sid\":\"");
        return wire;
    }
}
