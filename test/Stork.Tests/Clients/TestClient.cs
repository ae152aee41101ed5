using System.Text.Json;

namespace Stork.Tests.Clients;

/// <summary>A client that sends what it is told and understands next to nothing,
/// the same over both transports. A text packet is its text, a binary one <c>b</c> and base64.</summary>
internal abstract class TestClient : IAsyncDisposable
{
    /// <summary>The id of the Engine.IO session.</summary>
    public string SessionId { get; private set; } = "";

    /// <summary>The handshake's fields.</summary>
    public JsonElement Handshake { get; private set; }

    public static async Task<TestClient> OpenAsync(StorkApp app, SocketIOTransports transport) =>
        transport == SocketIOTransports.Polling ? await PollingClient.OpenAsync(app) : await WebSocketClient.OpenAsync(app);

    /// <summary>Sends Engine.IO packets, in one go where the transport can.</summary>
    public abstract Task SendAsync(params string[] packets);

    /// <summary>The next Engine.IO packet.</summary>
    /// <exception cref="ConnectionClosedException">There is none.</exception>
    public abstract Task<string> ReceiveAsync();

    /// <summary>Breaks the connection off.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>Joins a namespace and returns the socket's id.</summary>
    public async Task<string> JoinAsync(string nsp = "/", string auth = "")
    {
        var prefix = nsp == "/" ? "40" : $"40{nsp},";
        await SendAsync(prefix + auth);
        var answer = await ReceiveAsync();
        answer.ShouldStartWith(prefix + "{\"sid\":");
        return JsonDocument.Parse(answer[prefix.Length..]).RootElement.GetProperty("sid").GetString()!;
    }

    public async Task ShouldReceive(params string[] packets)
    {
        foreach (var packet in packets) (await ReceiveAsync()).ShouldBe(packet);
    }

    /// <summary>Reads on until a packet comes that begins like this.</summary>
    public async Task<string> ReceiveUntilAsync(string beginning)
    {
        while (true)
        {
            var packet = await ReceiveAsync();
            if (packet.StartsWith(beginning, StringComparison.Ordinal)) return packet;
        }
    }

    /// <summary>Everything up to the end of the connection.</summary>
    public async Task<List<string>> ReceiveRestAsync()
    {
        var rest = new List<string>();
        try
        {
            while (true) rest.Add(await ReceiveAsync());
        }
        catch (ConnectionClosedException)
        {
            return rest;
        }
    }

    protected void ReadHandshake(string packet)
    {
        packet.ShouldStartWith("0{");
        Handshake = JsonDocument.Parse(packet[1..]).RootElement;
        SessionId = Handshake.GetProperty("sid").GetString()!;
    }
}
