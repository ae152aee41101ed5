using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>What a client may not send closes its connection, and nobody else's.</summary>
public sealed class ViolationTests
{
    [Theory]
    [InlineData("40", DisconnectReason.ForcedServerClose)]
    [InlineData("42/other,[\"a\"]", DisconnectReason.ForcedServerClose)]
    [InlineData("43/other,1[]", DisconnectReason.ForcedServerClose)]
    [InlineData("41/other,", DisconnectReason.ForcedServerClose)]
    [InlineData("44{\"message\":\"x\"}", DisconnectReason.ForcedServerClose)]
    [InlineData("47", DisconnectReason.ParseError)]
    [InlineData("4", DisconnectReason.ParseError)]
    [InlineData("42", DisconnectReason.ParseError)]
    [InlineData("42{}", DisconnectReason.ParseError)]
    [InlineData("42[]", DisconnectReason.ParseError)]
    [InlineData("42[{}]", DisconnectReason.ParseError)]
    [InlineData("42[null]", DisconnectReason.ParseError)]
    [InlineData("42[\"a\"", DisconnectReason.ParseError)]
    [InlineData("42[\"disconnect\"]", DisconnectReason.ParseError)]
    [InlineData("42[\"\\u0064isconnect\"]", DisconnectReason.ParseError)]
    [InlineData("42-1[\"a\"]", DisconnectReason.ParseError)]
    [InlineData("429007199254740993[\"a\"]", DisconnectReason.ParseError)]
    [InlineData("43", DisconnectReason.ParseError)]
    [InlineData("41{}", DisconnectReason.ParseError)]
    [InlineData("40/x,[]", DisconnectReason.ParseError)]
    [InlineData("40/x,\"token\"", DisconnectReason.ParseError)]
    [InlineData("450-[\"a\"]", DisconnectReason.ParseError)]
    [InlineData("45[\"a\"]", DisconnectReason.ParseError)]
    [InlineData("4511-[\"a\"]", DisconnectReason.ParseError)]
    [InlineData("451-[\"a\",{\"_placeholder\":true,\"num\":1}]", DisconnectReason.ParseError)]
    [InlineData("451-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]", DisconnectReason.ParseError)]
    [InlineData("bAQID", DisconnectReason.ParseError)]
    [InlineData("9", DisconnectReason.ParseError)]
    [InlineData("2", DisconnectReason.TransportError)]
    public async Task Closes_the_connection_with_the_right_reason(string packet, DisconnectReason reason)
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await Pair.ConnectAsync(socket => socket.OnDisconnect(reason => left.TrySetResult(reason)));
        var (other, _) = await pair.AddAsync();
        await pair.Client.SendAsync(packet, "42[\"behind\"]");
        (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
        (await left.Task.Within("the disconnect handler")).ShouldBe(reason);
        await pair.App.UntilConnections(1);
        await pair.IO.EmitAsync("x");
        await other.ShouldReceive("42[\"x\"]");
        await other.DisposeAsync();
        pair.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0{\"sid\":\"x\"}")]
    [InlineData("5")]
    [InlineData("6")]
    [InlineData("3")]
    [InlineData("1")]
    [InlineData("430[]")]
    [InlineData("43[]")]
    [InlineData("4399999999999999999999999[1]")]
    [InlineData("42[\"nobody listens\"]")]
    public async Task Ignores_what_means_nothing(string packet)
    {
        await using var pair = await Pair.ConnectAsync();
        await pair.Client.SendAsync(packet);
        await pair.ShouldLive();
    }

    [Fact]
    public async Task Text_while_binary_is_due_closes()
    {
        await using var pair = await Pair.ConnectAsync();
        await pair.Client.SendAsync("452-[\"a\",{\"_placeholder\":true,\"num\":0}]");
        await ((WebSocketClient)pair.Client).SendAsync([1]);
        await pair.Client.SendAsync("42[\"a\"]");
        (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
        await pair.App.UntilConnections(0);
    }

    [Fact]
    public async Task A_packet_with_its_attachments_has_a_limit_of_its_own()
    {
        await using var pair = await Pair.ConnectAsync(options: options =>
        {
            options.MaxHttpBufferSize = 10_000;
            options.MaxPacketSize = 25_000;
        });
        pair.Socket.On("a", (byte[] first, byte[] second) => first.Length + second.Length);
        const string Header =
            "453-1[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":2}]";
        var client = (WebSocketClient)pair.Client;
        await client.SendAsync(Header);
        for (var i = 0; i < 3; i++) await client.SendAsync(new byte[5_000]);
        await client.ShouldReceive("431[10000]");
        await client.SendAsync(Header);
        for (var i = 0; i < 3; i++) await client.SendAsync(new byte[9_000]);
        (await client.ReceiveRestAsync()).ShouldBeEmpty();
        await pair.App.UntilConnections(0);
    }

    [Fact]
    public async Task A_message_above_the_limit_is_closed_with_its_own_code()
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.MaxHttpBufferSize = 2_000);
        await pair.Client.SendAsync("42[\"" + new string('x', 2_000) + "\"]");
        (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
        ((WebSocketClient)pair.Client).CloseStatus.ShouldBe(System.Net.WebSockets.WebSocketCloseStatus.MessageTooBig);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(5_000, false)]
    public async Task Depth_has_a_limit(int depth, bool isAllowed)
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", (System.Text.Json.JsonElement _) => true);
        // The arguments' own array is the first level.
        await pair.Client.SendAsync("421[\"a\"," + new string('[', depth - 1) + new string(']', depth - 1) + "]");
        if (isAllowed) await pair.Client.ShouldReceive("431[true]");
        else (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_million_arguments_are_only_many()
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.MaxHttpBufferSize = 4_000_000);
        pair.Socket.On("count", (EventArguments all) => all.Count);
        pair.Socket.On("echo", (EventArguments all, Acknowledgement answer) => answer.SendAsync(all));
        pair.Socket.On("first", (int one) => one);
        var many = string.Join(',', Enumerable.Repeat("1", 1_000_000));
        (await pair.AskAsync($"[\"count\",{many}]")).ShouldBe("[1000000]");
        (await pair.AskAsync($"[\"first\",{many}]")).ShouldBe("[1]");
        (await pair.AskAsync($"[\"echo\",{many}]")).Length.ShouldBe(many.Length + 2);
        var properties = string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"\"{i}\":0"));
        (await pair.AskAsync($"[\"first\",1,{{{properties}}}]")).ShouldBe("[1]");
    }

    [Fact]
    public async Task A_body_of_a_million_empty_packets_closes_at_the_first()
    {
        await using var pair = await Pair.ConnectAsync(transport: SocketIOTransports.Polling);
        using var answer = await ((PollingClient)pair.Client).PostAsync(new string('\x1e', 999_999));
        pair.IO.ConnectionCount.ShouldBe(0);
    }
}
