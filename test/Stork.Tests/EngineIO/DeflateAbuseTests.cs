using Stork.EngineIO.WebSockets.Compression;
using Stork.Tests.Clients;
using Stork.Tests.EngineIO.WebSockets;
using Stork.Tests.EngineIO.WebSockets.Compression;
using Stork.Wire;

namespace Stork.Tests.EngineIO;

/// <summary>Clients whose messages are to become more than the server can hold, and clients that leave in the middle of one.</summary>
public class DeflateAbuseTests
{
    private const int Limit = 100_000;

    private static readonly byte[] EmptyBlock = [0, 0, 0, 0xFF, 0xFF];

    // A thousand times as long as on the wire, where it is below the limit.
    private static readonly Lazy<byte[]> Bomb = new(() => DeflatedFrame.Deflate(new byte[90_000_000]));

    public static TheoryData<string, bool> Attacks => new()
    {
        { "bomb", false },
        { "bomb", true },
        { "bomb in fragments", false },
        { "bomb in fragments", true },
        { "bomb behind empty blocks", false },
        { "bomb behind empty blocks", true },
        { "bomb with a final block", false },
        { "one byte too many", true },
        { "fragments without end", false },
        { "fragments without end", true },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task A_message_that_becomes_too_long_ends_its_connection_and_no_other(string attack, bool takesOver)
    {
        await using var app = await StartAsync(takesOver);
        await using var bystander = await OpenAsync(app, takesOver);
        await bystander.JoinAsync();
        await using var client = await OpenAsync(app, takesOver);
        await client.JoinAsync();

        var sending = client.SendBytesAsync(FramesOf(attack));
        var end = await Should.ThrowAsync<ConnectionClosedException>(client.ReceiveAsync);
        end.Message.ShouldBe("close 1009");
        await sending.ContinueWith(static _ => { }, TaskScheduler.Default);

        await bystander.SendAsync("421[\"echo\",1]");
        await bystander.ShouldReceive("431[1]");
        await client.DisposeAsync();
        await app.UntilConnections(1);
        app.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("FFFF")]
    [InlineData("F348CDC9C90700F348CDC9C90700")]
    public async Task What_cannot_be_inflated_ends_its_connection(string payload)
    {
        await using var app = await StartAsync(takesOver: true);
        await using var client = await OpenAsync(app, takesOver: true);
        await client.JoinAsync();
        await client.SendBytesAsync(DeflatedFrame.Of(WebSocketOpcode.Text, Convert.FromHexString(payload)));
        (await Should.ThrowAsync<ConnectionClosedException>(client.ReceiveAsync)).Message.ShouldBe("close 1007");
        app.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_left_of_clients_that_leave_in_the_middle_of_a_message(bool takesOver)
    {
        await using var app = await StartAsync(takesOver);
        var frame = DeflatedFrame.OfMessage(WebSocketOpcode.Text, "421[\"echo\",\"half\"]"u8.ToArray());
        for (var length = 0; length < frame.Length; length++)
        {
            await using var client = await OpenAsync(app, takesOver);
            await client.JoinAsync();
            await client.SendBytesAsync(frame);
            await client.ShouldReceive("431[\"half\"]");
            await client.SendBytesAsync(frame[..length]);
        }

        await app.UntilConnections(0);
        app.Log.Problems.ShouldBeEmpty();
    }

    private static byte[] FramesOf(string attack)
    {
        switch (attack)
        {
            case "bomb":
                return DeflatedFrame.Of(WebSocketOpcode.Binary, Bomb.Value);
            case "bomb in fragments":
                var pieces = Bomb.Value.Chunk(100).ToArray();
                return ClientFrame.Concat(pieces.Select((piece, i) => i == 0
                    ? DeflatedFrame.Of(WebSocketOpcode.Text, piece, fin: false)
                    : ClientFrame.Of(WebSocketOpcode.Continuation, piece, fin: i == pieces.Length - 1)));
            case "bomb behind empty blocks":
                byte[] blocks = [.. Enumerable.Repeat(EmptyBlock, 1_000).SelectMany(static block => block)];
                return DeflatedFrame.Of(WebSocketOpcode.Text, [.. blocks, .. Bomb.Value]);
            case "bomb with a final block":
                return DeflatedFrame.Of(WebSocketOpcode.Binary, [.. FinalDeflate(new byte[1_000_000]), 0]);
            case "one byte too many":
                return DeflatedFrame.OfMessage(WebSocketOpcode.Binary, new byte[Limit + 1]);
            default:
                var first = DeflatedFrame.Of(WebSocketOpcode.Text, EmptyBlock, fin: false);
                var next = ClientFrame.Of(WebSocketOpcode.Continuation, EmptyBlock, fin: false);
                return [.. first, .. Enumerable.Repeat(next, Limit / EmptyBlock.Length).SelectMany(static frame => frame)];
        }
    }

    private static byte[] FinalDeflate(byte[] message)
    {
        var bytes = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(bytes, System.IO.Compression.CompressionLevel.Optimal))
            deflate.Write(message);
        return bytes.ToArray();
    }

    private static async Task<StorkApp> StartAsync(bool takesOver)
    {
        var app = await StorkApp.StartAsync(options =>
        {
            options.MaxHttpBufferSize = Limit;
            options.PerMessageDeflate = new PerMessageDeflateOptions
            {
                ServerContextTakeover = takesOver,
                ClientContextTakeover = takesOver,
            };
        });
        app.IO.OnConnection(socket => socket.On("echo", (EventArguments all, Acknowledgement answer) => answer.SendAsync(all)));
        return app;
    }

    private static Task<StalledClient> OpenAsync(StorkApp app, bool takesOver) =>
        StalledClient.OpenAsync(app, extensions: "permessage-deflate", inflater: new MessageInflater(15, takesOver));
}
