using System.Text;
using System.Text.Json;
using Stork.Interop.Tests.Wire;

namespace Stork.Interop.Tests.Differential;

/// <summary>
/// Sends a sequence of messages to a server and tells what came of it. No time is involved: at the end the client asks for a namespace
/// that nobody knows, twice, and when the second refusal is there everything before has been handled; or the connection has ended.
/// </summary>
internal static class Exchange
{
    private const string Wait = "…";
    private static readonly string[] Sentinels = ["/nobody-1", "/nobody-2"];

    /// <param name="server">The server.</param>
    /// <param name="messages">Written as in <c>websocket.txt</c>.</param>
    /// <param name="query">More for the query, with its ampersand.</param>
    public static async Task<Outcome> ByWebSocketAsync(IComparedServer server, IEnumerable<string> messages, string query = "")
    {
        var tag = Guid.NewGuid().ToString("N");
        await using var socket = await WireWebSocket.OpenAsync(server.Url, $"/socket.io/?EIO=4&transport=websocket&tag={tag}{query}");
        (await socket.ReadTextAsync()).ShouldStartWith("0{");
        string? question = null;
        await socket.SendAsync("40");
        (await socket.ReadTextAsync()).ShouldStartWith("40{");

        var answers = new List<string>();
        foreach (var message in messages.Append(Wait))
        {
            if (message == Wait)
            {
                if (question is not null) await server.AnsweredAsync(tag);
                if (await ReadAnswersAsync(socket, answers)) continue;
                return new Outcome(string.Join(' ', answers), await server.EndOfAsync(tag));
            }

            if (message.Contains('@', StringComparison.Ordinal)) question ??= await ReadQuestionAsync(socket);
            await SendAsync(socket, message.Replace("@", question, StringComparison.Ordinal));
        }

        return new Outcome(string.Join(' ', answers), "open");
    }

    /// <param name="server">The server.</param>
    /// <param name="bodies">Bodies of POSTs, one after the other, written as in <c>polling.txt</c>.</param>
    public static async Task<Outcome> ByPollingAsync(IComparedServer server, IEnumerable<string> bodies)
    {
        var tag = Guid.NewGuid().ToString("N");
        using var client = new WirePolling(server.Url, "/socket.io/");
        await client.OpenAsync($"EIO=4&transport=polling&tag={tag}");
        await client.PostAsync("40");
        (await client.ReceiveAsync()).ShouldStartWith("40{");

        var answers = new List<string>();
        foreach (var body in bodies)
        {
            var (status, _) = await client.PostAsync(IsBytes(body) ? Convert.FromHexString(body[2..^1]) : Encoding.UTF8.GetBytes(body));
            if (status != 200) answers.Add($"({status})");
        }

        foreach (var sentinel in Sentinels)
        {
            await client.PostAsync($"40{sentinel}");
            if (await ReadUntilAsync(client, $"44{sentinel},", answers)) continue;
            return new Outcome(string.Join(' ', answers), await server.EndOfAsync(tag));
        }

        return new Outcome(string.Join(' ', answers), "open");
    }

    /// <summary>The answers up to the sentinel's; the last of them is the farewell, in brackets, if the session has ended before.</summary>
    private static async Task<bool> ReadUntilAsync(WirePolling client, string sentinel, List<string> answers)
    {
        while (true)
        {
            var (status, body) = await client.PollAsync();
            var packets = body.Split('\u001e');
            if (status != 200 || packets[^1] == "1")
            {
                answers.Add(status == 200 ? $"[{string.Join(' ', packets)}]" : $"[{status} {JsonElement.Parse(body).GetProperty("code")}]");
                return false;
            }

            var isOver = false;
            foreach (var packet in packets)
            {
                if (packet.StartsWith(sentinel, StringComparison.Ordinal)) isOver = true;
                else if (packet is ['b', ..]) answers.Add($"<{Convert.ToHexString(Convert.FromBase64String(packet[1..]))}>");
                else if (packet is not ("6" or "2")) answers.Add(Canonical.Packet(packet));
            }

            if (isOver) return true;
        }
    }

    /// <summary>One request outside of any session.</summary>
    /// <param name="server">The server.</param>
    /// <param name="parts">Method and query, <c>WS</c> for a WebSocket handshake; then headers.</param>
    public static async Task<Outcome> ByRequestAsync(IComparedServer server, string[] parts)
    {
        var (request, headers) = (parts[0], parts[1..]);
        var space = request.IndexOf(' ', StringComparison.Ordinal);
        var (method, query) = space < 0 ? (request, "") : (request[..space], request[(space + 1)..]);
        if (method == "WS")
        {
            var (head, body) = await WireWebSocket.AskAsync(server.Url, $"/socket.io/?{query}", headers);
            string[] telling = ["Content-Type", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"];
            var told = head.Split("\r\n").Select(line => line.Split(": ", 2))
                .Where(parts => telling.Contains(parts[0], StringComparer.OrdinalIgnoreCase))
                .Select(parts => parts[1]);
            return new Outcome($"{string.Join(", ", told)} {Handshake(body)}", head.Split(' ').ElementAtOrDefault(1) ?? "");
        }

        using var client = new WirePolling(server.Url, "/socket.io/");
        using var response = await client.SendAsync(new HttpMethod(method), query, headers: headers);
        var content = response.Content.Headers.ContentType?.ToString().Replace(" ", "", StringComparison.Ordinal);
        var answer = await response.Content.ReadAsStringAsync();
        return new Outcome($"{content} {response.Headers.CacheControl} {Handshake(answer)}", ((int)response.StatusCode).ToString());
    }

    private static string Handshake(string body) =>
        body.StartsWith("0{\"sid\":\"", StringComparison.Ordinal)
            ? string.Concat("0{sid", body.AsSpan(body.IndexOf(',', StringComparison.Ordinal)))
            : body;

    /// <returns>False when the connection has ended.</returns>
    private static async Task<bool> ReadAnswersAsync(WireWebSocket socket, List<string> answers)
    {
        foreach (var sentinel in Sentinels)
        {
            await socket.SendAsync($"40{sentinel}");
            while (true)
            {
                var answer = await socket.ReadAsync();
                if (answer.Kind is WireMessageKind.Close or WireMessageKind.Cut) return false;
                if (answer.Text.StartsWith($"44{sentinel},", StringComparison.Ordinal)) break;
                answers.Add(answer.Kind == WireMessageKind.Text ? Canonical.Packet(answer.Text) : answer.ToString());
            }
        }

        return true;
    }

    /// <summary>The number the server gave its question; every server counts for itself.</summary>
    private static async Task<string> ReadQuestionAsync(WireWebSocket socket)
    {
        var text = await socket.ReadTextAsync();
        text.ShouldEndWith("[\"question\"]");
        return text[2..text.IndexOf('[', StringComparison.Ordinal)];
    }

    private static bool IsBytes(string message) => message.StartsWith("T<", StringComparison.Ordinal);

    private static Task SendAsync(WireWebSocket socket, string message) => message switch
    {
        ['T', '<', .. var hex, '>'] => socket.SendTextBytesAsync(Convert.FromHexString(hex)),
        ['<', .. var hex, '>'] => socket.SendAsync(Convert.FromHexString(hex)),
        _ => socket.SendAsync(message),
    };
}
