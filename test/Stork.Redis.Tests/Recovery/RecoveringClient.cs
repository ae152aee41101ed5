using System.Text.Json;

namespace Stork.Redis.Tests.Recovery;

/// <summary>A client that remembers what official ones do, and comes back with it: its private id, and the last argument of the last event
/// if that is a text.</summary>
internal sealed class RecoveringClient : IAsyncDisposable
{
    private Client _client;
    private bool _isClone;

    private RecoveringClient(Client client, string nsp) => (_client, Namespace, Pid, Id) = (client, nsp, client.Pid, client.Id);

    public string Namespace { get; }

    public string Pid { get; private set; }

    public string Id { get; private set; }

    public string? Offset { get; set; }

    public static async Task<RecoveringClient> ConnectAsync(Uri url, string name = "", string[]? rooms = null, string nsp = "/") =>
        new(await Client.ConnectAsync(url, nsp, JsonSerializer.Serialize(new { name, rooms = rooms ?? [] })), nsp);

    /// <summary>The events that come next, without their offsets.</summary>
    public async Task ShouldReceive(params string[] events)
    {
        foreach (var expected in events) ReadEvent(await _client.ReceiveAsync()).ShouldBe(expected);
    }

    /// <summary>Another one that says the same of itself.</summary>
    public RecoveringClient Clone() => new(_client, Namespace) { Offset = Offset, _isClone = true };

    public async Task<string> ReceiveEventAsync() => ReadEvent(await _client.ReceiveAsync());

    public Task<string> ReceiveAsync() => _client.ReceiveAsync();

    public Task SendAsync(string packet) => _client.SendAsync(packet);

    public ValueTask LoseConnectionAsync() => _client.DisposeAsync();

    /// <summary>Comes back, to whatever server.</summary>
    /// <returns>The events that come before the answer to CONNECT, and whether the session is the same.</returns>
    public async Task<(string[] Missed, bool IsRecovered)> ReturnAsync(Uri url)
    {
        if (!_isClone) await _client.DisposeAsync();
        _isClone = false;
        var offset = Offset is null ? "" : $",\"offset\":{JsonSerializer.Serialize(Offset)}";
        _client = await Client.DialAsync(url, Namespace, $"{{\"pid\":{JsonSerializer.Serialize(Pid)}{offset}}}");
        var missed = new List<string>();
        var packet = await _client.ReceiveAsync();
        for (; packet.StartsWith("42", StringComparison.Ordinal); packet = await _client.ReceiveAsync()) missed.Add(ReadEvent(packet));
        var pid = Pid;
        _client.ReadConnect(packet);
        (Pid, Id) = (_client.Pid, _client.Id);
        return ([.. missed], Pid == pid);
    }

    public ValueTask DisposeAsync() => _isClone ? ValueTask.CompletedTask : _client.DisposeAsync();

    private string ReadEvent(string packet)
    {
        packet.ShouldStartWith("42");
        var start = packet.IndexOf('[', StringComparison.Ordinal);
        var arguments = JsonDocument.Parse(packet[start..]).RootElement;
        var last = arguments[arguments.GetArrayLength() - 1];
        if (arguments.GetArrayLength() == 1 || last.ValueKind != JsonValueKind.String) return packet[start..];
        Offset = last.GetString()!;
        var end = packet.LastIndexOf(",\"", StringComparison.Ordinal);
        return packet[start..end] + "]";
    }
}
