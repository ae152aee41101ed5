using System.Text;
using System.Text.Json;

namespace Stork.Browser.Tests;

/// <summary>
/// As much of Socket.IO over HTTP long-polling as these tests need. Engine.IO packets are separated by 0x1E and begin with their type
/// (2 ping, 3 pong, 4 message, b binary), messages with that of Socket.IO (0 connect, 2 event, 3 acknowledgement, 4 refusal; 5 and 6 are
/// 2 and 3 with binary).
/// </summary>
internal sealed class PollingClient : IDisposable
{
    private const char Separator = '\x1E';
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly List<string> _received = [];
    private string? _session;
    private int _lastAckId;

    public PollingClient(Uri address) => _http = new HttpClient { BaseAddress = address, Timeout = Patience };

    private Uri Endpoint => new("socket.io/?EIO=4&transport=polling" + (_session is null ? "" : $"&sid={_session}"), UriKind.Relative);

    /// <summary>
    /// Opens a session and asks for the main namespace. Done again, it is as if the former connection had broken unnoticed; the server's
    /// cookie is kept, as browsers do.
    /// </summary>
    /// <param name="auth">JSON, or nothing.</param>
    /// <returns>The server's answer: a packet of type 0, or of type 4 with the reason.</returns>
    public async Task<string> ConnectAsync(string auth)
    {
        _session = null;
        _received.Clear();
        var open = await _http.GetStringAsync(Endpoint);
        _session = JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString()!;
        await PostAsync("40" + auth);
        return (await TakeAsync("the answer to CONNECT", static packet => packet is ['4', '0' or '4', ..]))[1..];
    }

    public Task<string> IntroduceAsync(string name, params string[] rooms) => ConnectAsync(
        $$"""{"name":{{JsonSerializer.Serialize(name)}},"tab":"{{Guid.NewGuid():N}}","rooms":{{JsonSerializer.Serialize(rooms)}}}""");

    /// <summary>Sends an event and waits for its acknowledgement.</summary>
    /// <param name="event">Name and arguments as JSON, without the brackets.</param>
    /// <param name="attachment">What the placeholder with number 0 in the arguments stands for.</param>
    /// <returns>The first argument of the acknowledgement.</returns>
    public async Task<JsonElement> AskAsync(string @event, byte[]? attachment = null)
    {
        var id = ++_lastAckId;
        await PostAsync(attachment is null ? $"42{id}[{@event}]" : $"451-{id}[{@event}]{Separator}b{Convert.ToBase64String(attachment)}");
        var asked = @event[..Math.Min(60, @event.Length)];
        var answer = await TakeAsync($"the answer to {asked}", packet => IsAnswer(packet, id));
        var arguments = JsonDocument.Parse(answer[answer.IndexOf('[', StringComparison.Ordinal)..]).RootElement;
        return arguments.GetArrayLength() > 0 ? arguments[0] : default;
    }

    /// <summary>Sends events without waiting.</summary>
    public Task TellAsync(IEnumerable<string> events) => PostAsync(string.Join(Separator, events.Select(static told => $"42[{told}]")));

    /// <summary>Waits for an event.</summary>
    /// <returns>Its first argument.</returns>
    public async Task<JsonElement> ReceiveAsync(string name) => (await ReceiveAnyAsync(name)).Argument;

    /// <summary>Waits for the next of some events.</summary>
    /// <returns>Which it is, and its first argument.</returns>
    public async Task<(string Name, JsonElement Argument)> ReceiveAnyAsync(params string[] names)
    {
        var packet = await TakeAsync($"an event {string.Join(" or ", names)}", packet =>
            packet is ['4', '2' or '5', ..] && names.Any(name => packet.Contains($"[\"{name}\"", StringComparison.Ordinal)));
        var array = JsonDocument.Parse(packet[packet.IndexOf('[', StringComparison.Ordinal)..]).RootElement;
        return (array[0].GetString()!, array[1]);
    }

    /// <summary>Waits for the next binary attachment.</summary>
    public async Task<byte[]> ReceiveAttachmentAsync() =>
        Convert.FromBase64String((await TakeAsync("an attachment", static packet => packet.StartsWith('b')))[1..]);

    /// <summary>Whether an event has come that was not asked for yet.</summary>
    public bool Has(string name) => _received.Exists(packet => packet.Contains($"[\"{name}\"", StringComparison.Ordinal));

    public void Dispose() => _http.Dispose();

    /// <summary>With attachments, their number and a hyphen come before the id.</summary>
    private static bool IsAnswer(string packet, int id) =>
        packet.StartsWith($"43{id}[", StringComparison.Ordinal)
        || (packet.StartsWith("46", StringComparison.Ordinal) && packet.Contains($"-{id}[", StringComparison.Ordinal));

    private async Task<string> TakeAsync(string what, Predicate<string> isMeant)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                var index = _received.FindIndex(isMeant);
                if (index >= 0)
                {
                    var packet = _received[index];
                    _received.RemoveAt(index);
                    return packet;
                }

                await PollAsync(patience.Token);
            }
        }
        catch (OperationCanceledException exception)
        {
            var others = string.Join(" | ", _received);
            throw new TimeoutException($"Waited {Patience.TotalSeconds} s for {what}; there were {others}", exception);
        }
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        var payload = await _http.GetStringAsync(Endpoint, cancellationToken);
        foreach (var packet in payload.Split(Separator))
        {
            if (packet == "2") await PostAsync("3");
            else _received.Add(packet);
        }
    }

    private async Task PostAsync(string payload)
    {
        using var content = new StringContent(payload, Encoding.UTF8, "text/plain");
        using var response = await _http.PostAsync(Endpoint, content);
        response.EnsureSuccessStatusCode();
    }
}
