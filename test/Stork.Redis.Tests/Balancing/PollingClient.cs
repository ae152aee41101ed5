using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Stork.Redis.Tests.Balancing;

/// <summary>The least of a client that begins with polling, as official ones do by default. Each request is one of its own: any of them
/// may be sent to another server, which then answers 400.</summary>
internal sealed class PollingClient : IAsyncDisposable
{
    private const char Separator = '\u001e';

    private readonly CookieContainer _cookies = new();
    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly string _query;
    private readonly Queue<string> _packets = new();
    private ClientWebSocket? _socket;
    private string _session = "";

    /// <param name="url">Where it connects.</param>
    /// <param name="route">Who it says it is, in its query; null for nothing.</param>
    /// <param name="hasCookies">Whether it keeps cookies.</param>
    public PollingClient(Uri url, string? route = null, bool hasCookies = false)
    {
        _url = url;
        _query = $"EIO=4&from=test{(route is null ? "" : $"&route={route}")}";
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = hasCookies, CookieContainer = _cookies }) { BaseAddress = url };
    }

    /// <summary>Its socket's.</summary>
    public string Id { get; private set; } = "";

    /// <summary>As browsers do before they connect.</summary>
    public async Task OpenPageAsync() => (await _http.GetAsync(new Uri("/", UriKind.Relative)).Within("the page")).Dispose();

    public async Task ConnectAsync()
    {
        _session = "";
        _packets.Clear();
        var handshake = await PollAsync();
        _session = JsonDocument.Parse(handshake[1..]).RootElement.GetProperty("sid").GetString()!;
        await SendAsync("40");
        Id = JsonDocument.Parse((await ReceiveAsync())[2..]).RootElement.GetProperty("sid").GetString()!;
    }

    public async Task SendAsync(string packet)
    {
        if (_socket is not null)
        {
            await SendAsync(_socket, packet);
            return;
        }

        using var content = new StringContent(packet, Encoding.UTF8, "text/plain");
        using var answer = await _http.PostAsync(Target, content).Within("the answer to a POST");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>The next packet that is no heartbeat.</summary>
    public async Task<string> ReceiveAsync()
    {
        while (true)
        {
            if (!_packets.TryDequeue(out var packet))
                packet = _socket is null ? await PollAsync() : await ReadAsync(_socket);
            if (packet != "2") return packet;
            await SendAsync("3");
        }
    }

    public async Task ShouldReceive(string @event) => (await ReceiveAsync()).ShouldBe("42" + @event);

    /// <summary>Goes on over a WebSocket.</summary>
    public async Task UpgradeAsync()
    {
        var socket = new ClientWebSocket();
        socket.Options.Cookies = _cookies;
        var target = new UriBuilder(_url) { Scheme = "ws", Path = "/socket.io/", Query = $"{_query}&transport=websocket&sid={_session}" };
        await socket.ConnectAsync(target.Uri, default).Within("the WebSocket");
        await SendAsync(socket, "2probe");
        (await ReadAsync(socket)).ShouldBe("3probe");
        await SendAsync(socket, "5");
        _socket = socket;
    }

    public ValueTask DisposeAsync()
    {
        _socket?.Abort();
        _socket?.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private Uri Target
    {
        get
        {
            var session = _session.Length == 0 ? "" : $"&sid={_session}";
            return new Uri($"/socket.io/?{_query}&transport=polling{session}", UriKind.Relative);
        }
    }

    private static Task SendAsync(ClientWebSocket socket, string packet) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(packet), WebSocketMessageType.Text, endOfMessage: true, default).Within("sending");

    private static async Task<string> ReadAsync(ClientWebSocket socket)
    {
        var buffer = new byte[16 * 1024];
        var result = await socket.ReceiveAsync(buffer, default).Within("a packet");
        return result.MessageType == WebSocketMessageType.Close ? "closed" : Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private async Task<string> PollAsync()
    {
        using var answer = await _http.GetAsync(Target).Within("the answer to a poll");
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        foreach (var packet in text.Split(Separator)) _packets.Enqueue(packet);
        return _packets.Dequeue();
    }
}
