using System.Net.WebSockets;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Tests.Clients;
using Stork.Tests.EngineIO.WebSockets.Compression;
using Stork.Wire;

namespace Stork.Tests.EngineIO;

/// <summary>Compressed messages, from the handshake to the handler and back.</summary>
public class DeflateTests
{
    private const string Offer = "permessage-deflate; client_max_window_bits";
    private static readonly string Long = string.Concat(Enumerable.Repeat("long enough ", 200));

    [Fact]
    public async Task Nothing_is_compressed_unless_the_server_and_the_client_want_it()
    {
        await using var plain = await StorkApp.StartAsync();
        await using var offering = await StalledClient.OpenAsync(plain, extensions: Offer);
        offering.Answer.ShouldNotContain("Sec-WebSocket-Extensions");
        await offering.JoinAsync();
        await plain.IO.EmitAsync("long", Long);
        await offering.ShouldReceive($"42[\"long\",\"{Long}\"]");

        await using var app = await StartAsync();
        await using var silent = await StalledClient.OpenAsync(app);
        silent.Answer.ShouldNotContain("Sec-WebSocket-Extensions");
        await silent.JoinAsync();
        await app.IO.EmitAsync("long", Long);
        await silent.ShouldReceive($"42[\"long\",\"{Long}\"]");
    }

    [Fact]
    public async Task A_compressed_message_that_was_not_agreed_upon_ends_the_connection()
    {
        await using var app = await StorkApp.StartAsync();
        await using var client = await StalledClient.OpenAsync(app, extensions: Offer);
        await client.SendBytesAsync(DeflatedFrame.OfMessage(WebSocketOpcode.Text, "40"u8.ToArray()));
        (await Should.ThrowAsync<ConnectionClosedException>(client.ReceiveAsync)).Message.ShouldBe("close 1002");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_as_long_as_the_threshold_are_compressed_and_no_others(bool takesOver)
    {
        await using var app = await StartAsync(takesOver, options => options.Threshold = 1_000);
        await using var client = await OpenAsync(app, takesOver);
        var socket = await JoinAsync(app, client);
        // What is counted is the message with everything: 42["a","…"]
        var (below, above) = (new string('x', 999 - 10), new string('x', 1_000 - 10));
        Func<string, Task>[] ways =
        [
            text => socket.EmitAsync("a", text).AsTask(),
            text => app.IO.EmitAsync("a", text).AsTask(),
        ];
        foreach (var send in ways)
        {
            await send(below);
            await client.ShouldReceive($"42[\"a\",\"{below}\"]");
            client.WasCompressed.ShouldBeFalse();
            await send(above);
            await client.ShouldReceive($"42[\"a\",\"{above}\"]");
            client.WasCompressed.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compress_false_has_a_message_sent_as_it_is(bool takesOver)
    {
        await using var app = await StartAsync(takesOver);
        await using var client = await OpenAsync(app, takesOver);
        var socket = await JoinAsync(app, client);

        await socket.Compress(false).EmitAsync("a", Long);
        await client.ShouldReceive($"42[\"a\",\"{Long}\"]");
        client.WasCompressed.ShouldBeFalse();
        await app.IO.Compress(false).EmitAsync("a", Long);
        await client.ShouldReceive($"42[\"a\",\"{Long}\"]");
        client.WasCompressed.ShouldBeFalse();
        await socket.Compress(true).EmitAsync("a", Long);
        await client.ShouldReceive($"42[\"a\",\"{Long}\"]");
        client.WasCompressed.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Attachments_are_compressed_each_by_its_own_length(bool takesOver)
    {
        await using var app = await StartAsync(takesOver);
        await using var client = await OpenAsync(app, takesOver);
        var socket = await JoinAsync(app, client);
        var (small, large) = (new byte[10], new byte[10_000]);
        foreach (var isBroadcast in (bool[])[false, true])
        {
            if (isBroadcast) await app.IO.EmitAsync("a", small, large);
            else await socket.EmitAsync("a", small, large);
            await client.ShouldReceive("452-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
            client.WasCompressed.ShouldBeFalse();
            await client.ShouldReceive("b" + Convert.ToBase64String(small));
            client.WasCompressed.ShouldBeFalse();
            await client.ShouldReceive("b" + Convert.ToBase64String(large));
            client.WasCompressed.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task What_does_not_get_shorter_is_sent_as_it_is()
    {
        await using var app = await StartAsync();
        await using var client = await OpenAsync(app);
        await JoinAsync(app, client);
        var noise = new byte[5_000];
        new Random(1).NextBytes(noise);
        await app.IO.EmitAsync("a", noise);
        await client.ReceiveAsync();
        await client.ShouldReceive("b" + Convert.ToBase64String(noise));
        client.WasCompressed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_client_that_takes_text_alone_gets_its_attachments_in_base64()
    {
        await using var app = await StartAsync();
        await using var client = await StalledClient.OpenAsync(app, "&b64=1", Offer, new MessageInflater(15, takesOver: false));
        await JoinAsync(app, client);
        await app.IO.EmitAsync("a", new byte[5_000]);
        await client.ReceiveAsync();
        await client.ShouldReceive("b" + Convert.ToBase64String(new byte[5_000]));
        client.WasCompressed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_broadcast_is_compressed_once_for_all_who_may_share_it()
    {
        await using var app = await StartAsync();
        using var compressed = new CompressedMessages(app);
        var clients = new List<StalledClient>();
        for (var i = 0; i < 10; i++) clients.Add(await OpenAsync(app));
        for (var i = 0; i < 10; i++) clients.Add(await OpenAsync(app, offer: Offer + "; server_max_window_bits=10"));
        foreach (var client in clients) await client.JoinAsync();

        await app.IO.EmitAsync("news", Long);
        await app.IO.EmitAsync("short");
        foreach (var client in clients) await client.ShouldReceive($"42[\"news\",\"{Long}\"]", "42[\"short\"]");

        // One for each window.
        compressed.Count.ShouldBe(2);
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task A_broadcast_is_compressed_for_each_whose_messages_refer_to_earlier_ones()
    {
        await using var app = await StartAsync(takesOver: true);
        using var compressed = new CompressedMessages(app);
        var clients = new List<StalledClient>();
        for (var i = 0; i < 5; i++) clients.Add(await OpenAsync(app, takesOver: true));
        foreach (var client in clients) await client.JoinAsync();

        for (var i = 0; i < 3; i++) await app.IO.EmitAsync("news", Long, i);
        foreach (var client in clients)
            for (var i = 0; i < 3; i++) await client.ShouldReceive($"42[\"news\",\"{Long}\",{i}]");

        compressed.Count.ShouldBe(15);
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task The_frameworks_client_talks_compressed_in_both_directions(bool serverTakesOver, bool clientTakesOver)
    {
        await using var app = await StorkApp.StartAsync(options => options.PerMessageDeflate = new PerMessageDeflateOptions
        {
            Threshold = 0,
            ServerContextTakeover = serverTakesOver,
            ClientContextTakeover = clientTakesOver,
        });
        app.IO.OnConnection(socket => socket.On("echo", (EventArguments all, Acknowledgement answer) => answer.SendAsync(all)));
        await using var client = await WebSocketClient.OpenAsync(
            app, configure: options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
        await client.JoinAsync();
        for (var i = 0; i < 200; i++)
        {
            var text = string.Concat(Enumerable.Repeat($"{i} ", i * i % 3_000));
            await client.SendAsync($"42{i}[\"echo\",\"{text}\"]");
            await client.ShouldReceive($"43{i}[\"{text}\"]");
        }
    }

    [Fact]
    public async Task What_waited_for_a_slow_client_is_compressed_in_its_order()
    {
        await using var app = await StartAsync(takesOver: true, options => options.Threshold = 0);
        await using var client = await OpenAsync(app, takesOver: true);
        var socket = await JoinAsync(app, client);
        var noise = new byte[30_000];
        new Random(1).NextBytes(noise);
        var text = Convert.ToBase64String(noise);
        // As much as nobody takes who does not read.
        var count = 0;
        while (socket.BufferedBytes() < 200_000) await socket.EmitAsync("n", text, count++);
        for (var i = 0; i < count; i++) await client.ShouldReceive($"42[\"n\",\"{text}\",{i}]");
    }

    private static Task<StorkApp> StartAsync(bool takesOver = false, Action<PerMessageDeflateOptions>? configure = null) =>
        StorkApp.StartAsync(options =>
        {
            options.PerMessageDeflate = new PerMessageDeflateOptions
            {
                ServerContextTakeover = takesOver,
                ClientContextTakeover = takesOver,
            };
            configure?.Invoke(options.PerMessageDeflate);
        });

    private static async Task<StalledClient> OpenAsync(StorkApp app, bool takesOver = false, string offer = Offer)
    {
        var client = await StalledClient.OpenAsync(app, extensions: offer, inflater: new MessageInflater(15, takesOver));
        client.Answer.ShouldContain("Sec-WebSocket-Extensions: permessage-deflate");
        return client;
    }

    private static async Task<Socket> JoinAsync(StorkApp app, StalledClient client)
    {
        app.IO.MainNamespace.TryGetSocket(await client.JoinAsync(), out var socket).ShouldBeTrue();
        return socket!;
    }
}
