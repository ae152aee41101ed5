using System.Text;
using System.Text.Json;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Wire;

/// <summary>Requests of a polling client, one by one.</summary>
internal sealed class WirePolling : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _path;

    /// <param name="server">The server.</param>
    /// <param name="path">The engine's path, with its slash.</param>
    public WirePolling(Uri server, string path)
    {
        _http = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        _path = path;
    }

    /// <summary>The session, once there is one.</summary>
    public string? Sid { get; set; }

    /// <summary>The query of the session's requests.</summary>
    public string Query => $"EIO=4&transport=polling&sid={Sid}";

    /// <summary>Opens a session.</summary>
    /// <returns>What the server told of it.</returns>
    public async Task<JsonElement> OpenAsync(string query = "EIO=4&transport=polling")
    {
        using var response = await SendAsync(HttpMethod.Get, query);
        ((int)response.StatusCode).ShouldBe(200);
        var body = await response.Content.ReadAsStringAsync();
        body.ShouldStartWith("0{");
        var handshake = JsonElement.Parse(body[1..]);
        Sid = handshake.GetProperty("sid").GetString();
        return handshake;
    }

    /// <summary>One poll of the session.</summary>
    public async Task<(int Status, string Body)> PollAsync() => await ReadAsync(HttpMethod.Get, Query);

    /// <summary>One poll, which has to bring something other than a ping; pings are answered.</summary>
    public async Task<string> ReceiveAsync()
    {
        while (true)
        {
            var (status, body) = await PollAsync();
            status.ShouldBe(200, body);
            if (body != "2") return body;
            await PostAsync("3");
        }
    }

    /// <summary>One post of the session.</summary>
    public Task<(int Status, string Body)> PostAsync(string body, string contentType = "text/plain;charset=UTF-8") =>
        PostAsync(Encoding.UTF8.GetBytes(body), contentType);

    public async Task<(int Status, string Body)> PostAsync(byte[] body, string contentType = "text/plain;charset=UTF-8")
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await ReadAsync(HttpMethod.Post, Query, content);
    }

    /// <summary>Any request under the engine's path.</summary>
    public async Task<(int Status, string Body)> ReadAsync(HttpMethod method, string query, HttpContent? content = null)
    {
        using var response = await SendAsync(method, query, content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string query, HttpContent? content = null, params string[] headers)
    {
        using var request = new HttpRequestMessage(method, $"{_path}?{query}") { Content = content };
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            request.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 2)..]);
        }

        return await _http.SendAsync(request).Within($"the answer to {method} {request.RequestUri}");
    }

    public void Dispose() => _http.Dispose();
}
