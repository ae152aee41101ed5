using Stork.Interop.Tests.Wire;

namespace Stork.Interop.Tests.Conformance;

/// <summary>Socket.IO protocol v5 as the official protocol suite asks for it, spoken byte by byte
/// with the host in the role <c>sio</c>.</summary>
[Collection(ShortHeartbeats.Name)]
public sealed class SocketProtocolTests(SocketHost host) : IClassFixture<SocketHost>
{
    private const string OverWebSocket = "/socket.io/?EIO=4&transport=websocket";

    [Theory]
    [InlineData("40", "40", "42[\"auth\",{}]")]
    [InlineData("40{}", "40", "42[\"auth\",{}]")]
    [InlineData("40/", "40", "42[\"auth\",{}]")]
    [InlineData("40/,", "40", "42[\"auth\",{}]")]
    [InlineData("40{\"token\":\"123\"}", "40", "42[\"auth\",{\"token\":\"123\"}]")]
    [InlineData("40/custom", "40/custom,", "42/custom,[\"auth\",{}]")]
    [InlineData("40/custom,", "40/custom,", "42/custom,[\"auth\",{}]")]
    [InlineData("40/custom,{\"token\":\"abc\"}", "40/custom,", "42/custom,[\"auth\",{\"token\":\"abc\"}]")]
    public async Task A_namespace_is_joined(string connect, string prefix, string auth)
    {
        await using var socket = await OpenAsync();
        await socket.SendAsync(connect);
        (await socket.ReadTextAsync()).ShouldMatch($$"""^{{prefix}}\{"sid":"[A-Za-z0-9_-]{20}"\}$""");
        (await socket.ReadTextAsync()).ShouldBe(auth);
    }

    [Theory]
    [InlineData("40/random", "44/random,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/random,{\"token\":1}", "44/random,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/custom?x=1", "44/custom?x=1,{\"message\":\"Invalid namespace\"}")]
    public async Task An_unknown_namespace_is_refused_and_the_connection_stays(string connect, string refusal)
    {
        await using var socket = await OpenAsync();
        await socket.SendAsync(connect);
        (await socket.ReadTextAsync()).ShouldBe(refusal);
        await socket.SendAsync("40");
        (await socket.ReadTextAsync()).ShouldStartWith("40{\"sid\":");
    }

    [Fact]
    public async Task A_client_that_joins_nothing_is_closed_in_time()
    {
        await using var socket = await OpenAsync();
        (await socket.ReadAsync()).Kind.ShouldBeOneOf(WireMessageKind.Close, WireMessageKind.Cut);
    }

    [Fact]
    public async Task A_client_that_is_refused_everything_is_closed_in_time()
    {
        await using var socket = await OpenAsync();
        await socket.SendAsync("40/random");
        (await socket.ReadTextAsync()).ShouldStartWith("44/random,");
        (await socket.ReadAsync()).Kind.ShouldBeOneOf(WireMessageKind.Close, WireMessageKind.Cut);
    }

    [Fact]
    public async Task A_namespace_is_left_alone()
    {
        await using var socket = await ConnectAsync();
        await socket.SendAsync("40/custom");
        await socket.ReadTextAsync();
        await socket.ReadTextAsync();
        await socket.SendAsync("41/custom,");
        await socket.SendAsync("42[\"message\",\"to the main namespace\"]");
        (await socket.ReadTextAsync()).ShouldBe("42[\"message-back\",\"to the main namespace\"]");
    }

    [Fact]
    public async Task The_main_namespace_is_left_and_joined_again()
    {
        await using var socket = await ConnectAsync();
        await socket.SendAsync("41");
        await socket.SendAsync("40");
        (await socket.ReadTextAsync()).ShouldStartWith("40{\"sid\":");
    }

    [Theory]
    [InlineData("42[\"message\",1,\"2\",{\"3\":[true]}]", "42[\"message-back\",1,\"2\",{\"3\":[true]}]")]
    [InlineData("42[\"message\"]", "42[\"message-back\"]")]
    [InlineData("42[\"message\",null]", "42[\"message-back\",null]")]
    [InlineData("42/,[\"message\",1]", "42[\"message-back\",1]")]
    [InlineData("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]", "43456[1,\"2\",{\"3\":[false]}]")]
    [InlineData("420[\"message-with-ack\"]", "430[]")]
    [InlineData("427[\"message-with-ack\",null]", "437[null]")]
    public async Task Text_comes_back(string packet, string expected)
    {
        await using var socket = await ConnectAsync();
        await socket.SendAsync(packet);
        (await socket.ReadTextAsync()).ShouldBe(expected);
    }

    [Theory]
    [InlineData(
        "452-[\"message\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
        "452-[\"message-back\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]")]
    [InlineData(
        "452-789[\"message-with-ack\",{\"_placeholder\":true,\"num\":0},[{\"_placeholder\":true,\"num\":1}]]",
        "462-789[{\"_placeholder\":true,\"num\":0},[{\"_placeholder\":true,\"num\":1}]]")]
    public async Task Binary_data_comes_back(string packet, string expected)
    {
        await using var socket = await ConnectAsync();
        await socket.SendAsync(packet);
        await socket.SendAsync([1, 2, 3]);
        await socket.SendAsync([4, 5, 6]);
        (await socket.ReadTextAsync()).ShouldBe(expected);
        (await socket.ReadAsync()).ToString().ShouldBe("<010203>");
        (await socket.ReadAsync()).ToString().ShouldBe("<040506>");
    }

    [Theory]
    [InlineData("4abc")]
    [InlineData("4")]
    [InlineData("40")]
    [InlineData("40{\"again\":true}")]
    [InlineData("42{}")]
    [InlineData("42")]
    [InlineData("42[]")]
    [InlineData("42[null]")]
    [InlineData("42[{}]")]
    [InlineData("42abc")]
    [InlineData("42[\"message\"")]
    [InlineData("42[\"connect\"]")]
    [InlineData("42[\"disconnecting\"]")]
    [InlineData("42-1[\"message\"]")]
    [InlineData("42/custom,[\"message\"]")]
    [InlineData("41{}")]
    [InlineData("44{\"message\":\"x\"}")]
    [InlineData("450-[\"message\"]")]
    [InlineData("4511-[\"message\"]")]
    [InlineData("45[\"message\"]")]
    [InlineData("451-[\"message\",{\"_placeholder\":true,\"num\":1}]", "<00>")]
    [InlineData("451-[\"message\",{\"_placeholder\":true,\"num\":\"0\"}]", "<00>")]
    [InlineData("451-[\"message\",{\"_placeholder\":true,\"num\":0}]", "42[\"message\"]")]
    [InlineData("<00>")]
    [InlineData("47")]
    [InlineData("2")]
    public async Task A_violation_closes_the_connection(params string[] messages)
    {
        await using var socket = await ConnectAsync();
        foreach (var message in messages)
        {
            if (message is ['<', .. var hex, '>']) await socket.SendAsync(Convert.FromHexString(hex));
            else await socket.SendAsync(message);
        }

        // Nothing comes back before the end, not even the echo of what was right in it.
        (await socket.ReadAsync()).Kind.ShouldBeOneOf(WireMessageKind.Close, WireMessageKind.Cut);
    }

    [Fact]
    public async Task An_event_before_the_connect_closes_the_connection()
    {
        await using var socket = await OpenAsync();
        await socket.SendAsync("42[\"message\",1]");
        (await socket.ReadAsync()).Kind.ShouldBeOneOf(WireMessageKind.Close, WireMessageKind.Cut);
    }

    private async Task<WireWebSocket> OpenAsync()
    {
        var socket = await WireWebSocket.OpenAsync(host.Url, OverWebSocket);
        (await socket.ReadTextAsync()).ShouldStartWith("0{");
        return socket;
    }

    private async Task<WireWebSocket> ConnectAsync()
    {
        var socket = await OpenAsync();
        await socket.SendAsync("40");
        (await socket.ReadTextAsync()).ShouldStartWith("40{");
        (await socket.ReadTextAsync()).ShouldBe("42[\"auth\",{}]");
        return socket;
    }
}
