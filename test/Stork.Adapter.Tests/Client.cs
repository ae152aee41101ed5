using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Stork.Adapter.Tests;

/// <summary>The least of a Socket.IO client, over a real WebSocket: it sends what it is told, and shows every packet as its text; a binary
/// one as <c>b</c> and base64.</summary>
internal sealed class Client : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    private Client(string nsp) => Namespace = nsp;

    public string Namespace { get; }

    public string Id { get; private set; } = "";

    /// <summary>What it comes back with; empty without recovery.</summary>
    public string Pid { get; private set; } = "";

    private string Prefix => Namespace == "/" ? "" : Namespace + ",";

    public static async Task<Client> ConnectAsync(Uri url, string nsp = "/", string auth = "")
    {
        var client = await DialAsync(url, nsp, auth);
        client.ReadConnect(await client.ReceiveAsync());
        return client;
    }

    /// <summary>One whose answer to CONNECT is not read yet.</summary>
    public static async Task<Client> DialAsync(Uri url, string nsp = "/", string auth = "")
    {
        var client = await OpenAsync(url, nsp);
        await client.SendAsync("40" + client.Prefix + auth);
        return client;
    }

    /// <summary>One that has said nothing yet.</summary>
    public static async Task<Client> OpenAsync(Uri url, string nsp = "/")
    {
        var client = new Client(nsp);
        var target = new UriBuilder(url) { Scheme = "ws", Path = "/socket.io/", Query = "EIO=4&transport=websocket&from=test" }.Uri;
        await client._socket.ConnectAsync(target, default).Within("the WebSocket handshake");
        (await client.ReceiveAsync()).ShouldStartWith("0{");
        return client;
    }

    public void ReadConnect(string packet)
    {
        packet.ShouldStartWith("40" + Prefix + "{\"sid\"");
        var answer = JsonDocument.Parse(packet[(2 + Prefix.Length)..]).RootElement;
        Id = answer.GetProperty("sid").GetString()!;
        Pid = answer.TryGetProperty("pid", out var pid) ? pid.GetString()! : "";
    }

    public Task SendAsync(string packet) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, endOfMessage: true, default).Within("sending");

    public Task SendAsync(byte[] binary) =>
        _socket.SendAsync(binary, WebSocketMessageType.Binary, endOfMessage: true, default).Within("sending");

    /// <summary>The next packet; heartbeats are answered and left out. They must not keep the wait alive for ever.</summary>
    public async Task<string> ReceiveAsync()
    {
        const int MostHeartbeats = 3;
        for (var heartbeats = 0; heartbeats < MostHeartbeats; heartbeats++)
        {
            var packet = await ReceiveAnyAsync();
            if (packet != "2") return packet;
            await SendAsync("3");
        }

        throw new TimeoutException("Nothing but heartbeats came.");
    }

    /// <summary>The packets that come next, of this client's namespace, are events with these names and arguments.</summary>
    public async Task ShouldReceive(params string[] events)
    {
        foreach (var expected in events) (await ReceiveAsync()).ShouldBe("42" + Prefix + expected);
    }

    public async Task ShouldReceiveText(string packet) => (await ReceiveAsync()).ShouldBe(packet);

    /// <summary>Receives an event that asks for an acknowledgement, and gives it.</summary>
    public async Task AcknowledgeAsync(string expected, string answer)
    {
        var id = await ReceiveAskedAsync(expected);
        await SendAsync($"43{Prefix}{id}{answer}");
    }

    /// <summary>Receives an event that asks for an acknowledgement.</summary>
    /// <returns>The acknowledgement's id.</returns>
    public async Task<string> ReceiveAskedAsync(string expected)
    {
        var packet = await ReceiveAsync();
        packet.ShouldEndWith(expected);
        return packet["42".Length..^expected.Length][Prefix.Length..];
    }

    /// <summary>Breaks the connection off.</summary>
    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> ReceiveAnyAsync()
    {
        var message = new MemoryStream();
        while (true)
        {
            var result = await _socket.ReceiveAsync(_buffer, default).Within("a packet");
            if (result.MessageType == WebSocketMessageType.Close) return "closed";
            message.Write(_buffer, 0, result.Count);
            if (!result.EndOfMessage) continue;
            return result.MessageType == WebSocketMessageType.Text
                ? Encoding.UTF8.GetString(message.ToArray())
                : "b" + Convert.ToBase64String(message.ToArray());
        }
    }
}
