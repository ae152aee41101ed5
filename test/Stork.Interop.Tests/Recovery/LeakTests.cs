using System.Text.Json;
using Stork.Interop.Tests.Wire;

namespace Stork.Interop.Tests.Recovery;

/// <summary>Two experiments that show what the original server gives away, and that Stork does not.</summary>
public sealed class LeakTests
{
    private const string OverWebSocket = "/socket.io/?EIO=4&transport=websocket";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rewound_offset_reveals_what_was_sent_before_joining_only_with_the_original(bool original)
    {
        await using var host = await StartAsync(original);
        await using var witness = await JoinAsync(host, "40");
        await host.EmitAsync("public", 1);
        var early = OffsetOf(await witness.Socket.ReadTextAsync());
        await using var member = await JoinAsync(host, "40");
        await EnterAsync(member, "secret");
        await host.EmitAsync("secret", 2, "secret");
        (await member.Socket.ReadTextAsync()).ShouldStartWith("42[\"secret\",2");

        // Joins behind the secret, and comes back with an offset from before it.
        await using var late = await JoinAsync(host, "40");
        await EnterAsync(late, "secret");
        await host.EmitAsync("public", 3);
        (await late.Socket.ReadTextAsync()).ShouldStartWith("42[\"public\",3");
        await late.Socket.DisposeAsync();
        var back = await ReturnAsync(host, late.Pid, early);
        back.Missed.Any(packet => packet.StartsWith("42[\"secret\",2", StringComparison.Ordinal)).ShouldBe(original);
        await back.Socket.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replayed_pid_yields_a_twin_only_with_the_original(bool original)
    {
        await using var host = await StartAsync(original);
        await using var client = await JoinAsync(host, "40");
        await host.EmitAsync("public", 1);
        var offset = OffsetOf(await client.Socket.ReadTextAsync());
        await client.Socket.DisposeAsync();
        var first = await ReturnAsync(host, client.Pid, offset);
        var second = await ReturnAsync(host, client.Pid, offset);
        await using var one = first.Socket;
        await using var two = second.Socket;
        (first.Sid, second.Sid).ShouldBe((client.Sid, client.Sid));

        // Two at once that are one and the same to the server?
        (await IsServedAsync(two)).ShouldBeTrue();
        (await IsServedAsync(one)).ShouldBe(original);
    }

    private static async Task<bool> IsServedAsync(WireWebSocket socket)
    {
        try
        {
            await socket.SendAsync("427[\"join\",\"anywhere\"]");
            return (await socket.ReadAsync()) is { Kind: WireMessageKind.Text } message
                && message.Text.StartsWith("437[", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<RecoveringHost> StartAsync(bool original)
    {
        if (!original) return await RecoveringHost.StartAsync();
        return await RecoveringHost.StartOriginalAsync();
    }

    private static async Task<Joined> JoinAsync(RecoveringHost host, string connect)
    {
        var socket = await WireWebSocket.OpenAsync(host.Url, OverWebSocket);
        (await socket.ReadTextAsync()).ShouldStartWith("0{");
        await socket.SendAsync(connect);
        var missed = new List<string>();
        while (true)
        {
            var packet = await socket.ReadTextAsync();
            if (!packet.StartsWith("40{", StringComparison.Ordinal))
            {
                missed.Add(packet);
                continue;
            }

            var answer = JsonElement.Parse(packet[2..]);
            return new Joined(socket, answer.GetProperty("sid").GetString()!, answer.GetProperty("pid").GetString()!, missed);
        }
    }

    /// <summary>Comes back when the server has noticed the loss, which the original needs; Stork needs nothing.</summary>
    private static async Task<Joined> ReturnAsync(RecoveringHost host, string pid, string offset)
    {
        for (var attempt = 1; ; attempt++)
        {
            var back = await JoinAsync(host, $$"""40{"pid":"{{pid}}","offset":"{{offset}}"}""");
            if (back.Pid == pid) return back;
            await back.Socket.DisposeAsync();
            attempt.ShouldBeLessThan(100, "the session is not recovered");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static async Task EnterAsync(Joined client, string room)
    {
        await client.Socket.SendAsync($"421[\"join\",\"{room}\"]");
        (await client.Socket.ReadTextAsync()).ShouldStartWith("431[");
    }

    private static string OffsetOf(string packet) => JsonElement.Parse(packet[2..]).EnumerateArray().Last().GetString()!;

    private sealed record Joined(WireWebSocket Socket, string Sid, string Pid, List<string> Missed) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Socket.DisposeAsync();
    }
}
