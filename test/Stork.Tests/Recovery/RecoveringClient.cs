using System.Text.Json;
using Stork.Tests.Clients;

namespace Stork.Tests.Recovery;

/// <summary>A client that remembers what the official one remembers: its pid, and the last argument of every event
/// if it is a string.</summary>
internal sealed class RecoveringClient : IAsyncDisposable
{
    private readonly TestClient _client;
    private readonly string _prefix;

    private RecoveringClient(TestClient client, string nsp)
    {
        _client = client;
        _prefix = nsp == "/" ? "" : nsp + ",";
    }

    public string Sid { get; private set; } = "";

    public string? Pid { get; private set; }

    public string? Offset { get; set; }

    /// <summary>What came before the answer to CONNECT, without offsets.</summary>
    public List<string> Missed { get; } = [];

    public TestClient Wire => _client;

    /// <summary>Opens a connection without joining anything.</summary>
    public static async Task<RecoveringClient> OpenAsync(
        StorkApp app, string nsp = "/", SocketIOTransports transport = SocketIOTransports.WebSocket) =>
        new(await TestClient.OpenAsync(app, transport), nsp);

    public static async Task<RecoveringClient> JoinAsync(StorkApp app, string nsp = "/")
    {
        var client = await OpenAsync(app, nsp);
        await client.ConnectAsync("");
        return client;
    }

    /// <summary>Comes back with what this client remembers, on a new connection; this one is left as it is.</summary>
    public async Task<RecoveringClient> ReturnAsync(
        StorkApp app, string? auth = null, SocketIOTransports transport = SocketIOTransports.WebSocket)
    {
        var client = await OpenAsync(app, _prefix.Length == 0 ? "/" : _prefix[..^1], transport);
        client.Offset = Offset;
        await client.ConnectAsync(auth ?? Auth);
        return client;
    }

    /// <summary>What the official client sends with CONNECT.</summary>
    public string Auth => Offset is null ? $$"""{"pid":"{{Pid}}"}""" : $$"""{"pid":"{{Pid}}","offset":"{{Offset}}"}""";

    /// <summary>Sends CONNECT and reads up to its answer.</summary>
    public async Task ConnectAsync(string auth)
    {
        await _client.SendAsync("40" + _prefix + auth);
        await ReadAnswerAsync();
    }

    public async Task ReadAnswerAsync()
    {
        while (true)
        {
            var packet = await _client.ReceiveAsync();
            if (packet.StartsWith("40" + _prefix, StringComparison.Ordinal))
            {
                var answer = JsonDocument.Parse(packet[(2 + _prefix.Length)..]).RootElement;
                Sid = answer.GetProperty("sid").GetString()!;
                Pid = answer.TryGetProperty("pid", out var pid) ? pid.GetString() : null;
                return;
            }

            Missed.Add(Note(packet));
        }
    }

    /// <summary>The next event as JSON, without its offset.</summary>
    public async Task<string> NextAsync() => Note(await _client.ReceiveAsync());

    public async Task ShouldReceive(params string[] events)
    {
        foreach (var expected in events) (await NextAsync()).ShouldBe(expected);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private string Note(string packet)
    {
        if (!packet.StartsWith("42" + _prefix, StringComparison.Ordinal)) return packet;
        var json = packet[(2 + _prefix.Length)..];
        if (!json.StartsWith('[')) return packet;
        var arguments = JsonDocument.Parse(json).RootElement.EnumerateArray().ToList();
        if (arguments[^1].ValueKind != JsonValueKind.String) return json;
        Offset = arguments[^1].GetString();
        return "[" + string.Join(',', arguments[..^1].Select(argument => argument.GetRawText())) + "]";
    }
}
