using System.Net;
using System.Text;

namespace Stork.Tests.Clients;

/// <summary>Engine.IO by long-polling: every GET and POST is the test's own.</summary>
internal sealed class PollingClient : TestClient
{
    private readonly HttpClient _http;
    private readonly string _path;
    private readonly Queue<string> _received = new();
    private readonly CancellationTokenSource _gone = new();

    private PollingClient(HttpClient http, string path)
    {
        _http = http;
        _path = path;
    }

    private string Url => $"{_path}?EIO=4&transport=polling&sid={SessionId}";

    public static async Task<PollingClient> OpenAsync(StorkApp app, string path = "/socket.io/", string query = "")
    {
        var client = new PollingClient(app.Http, path);
        client.ReadHandshake(await app.Http.GetStringAsync($"{path}?EIO=4&transport=polling{query}").Within("the handshake"));
        return client;
    }

    public override async Task SendAsync(params string[] packets)
    {
        using var answer = await PostAsync(string.Join('\x1e', packets));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("ok");
    }

    public async Task<HttpResponseMessage> PostAsync(string body, string contentType = "text/plain")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new(contentType);
        return await _http.PostAsync(Url, content, _gone.Token).Within("the answer to a POST");
    }

    public override async Task<string> ReceiveAsync()
    {
        if (_received.Count == 0)
        {
            foreach (var packet in await PollAsync()) _received.Enqueue(packet);
        }

        return _received.Dequeue();
    }

    /// <summary>What one GET brings.</summary>
    public async Task<string[]> PollAsync()
    {
        using var answer = await GetAsync().Within("the answer to a poll");
        if (answer.StatusCode != HttpStatusCode.OK) throw new ConnectionClosedException($"{(int)answer.StatusCode}");
        return (await answer.Content.ReadAsStringAsync()).Split('\x1e');
    }

    public Task<HttpResponseMessage> GetAsync() => _http.GetAsync(Url, _gone.Token);

    public override async ValueTask DisposeAsync() => await _gone.CancelAsync();
}
