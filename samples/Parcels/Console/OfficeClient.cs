using System.Net.WebSockets;
using System.Text.Json;
using Stork.Protocol;

namespace Stork.Samples.Parcels;

/// <summary>
/// A client of the office that is connected whenever it can be. What the office has to say waits in an inbox until it is acknowledged,
/// and what is said to the office is said again until it is answered.
/// </summary>
internal sealed class OfficeClient(Uri url, string directory, string role, string name, Action<string> say) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Func<Parcel, string>> _news = [];
    private readonly SeenMessages _seen = new(Path.Combine(directory, "seen", $"{role}-{name}"));
    private readonly string _token = File.ReadAllText(TokenFile(directory, role, name));
    private readonly CancellationTokenSource _stop = new();

    // Completed while there is a connection.
    private volatile TaskCompletionSource<SocketIOConnection> _connection = NewSignal();
    private Task _running = Task.CompletedTask;

    /// <summary>What the office made for this client, to know it by.</summary>
    public static string TokenFile(string directory, string role, string name) => Path.Combine(directory, "tokens", $"{role}-{name}");

    /// <summary>Has news shown, once each.</summary>
    public void OnNews(string what, Func<Parcel, string> show) => _news.Add(what, show);

    /// <summary>Waits until the office has let this client in, and stays connected from then on.</summary>
    /// <exception cref="UnauthorizedAccessException">It does not let it in.</exception>
    public Task OpenAsync()
    {
        _running = StayConnectedAsync();
        return _connection.Task;
    }

    /// <summary>Gives a command. It has an id, by which the office carries it out once, however often it has to be sent until the answer
    /// arrives.</summary>
    public async Task<Answer> AskAsync(string command, params object[] arguments)
    {
        object[] withId = [Guid.NewGuid().ToString(), .. arguments];
        while (true)
        {
            var connection = await _connection.Task;
            try
            {
                var answer = await connection.AskAsync(command, withId).WaitAsync(AnswerTime);
                return answer.Deserialize<Answer>(JsonSerializerOptions.Web)!;
            }
            catch (Exception failure) when (failure is TimeoutException || IsLoss(failure))
            {
                await Task.Delay(ShortestPause, TimeProvider.System);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_connection.Task.IsCompletedSuccessfully) (await _connection.Task).Dispose();
        await _running;
        _stop.Dispose();
    }

    private async Task StayConnectedAsync()
    {
        for (var pause = ShortestPause; !_stop.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                using var connection = await SocketIOConnection.OpenAsync(url, new { token = _token });
                say($"connected as {role} {name}");
                pause = ShortestPause;
                _connection.SetResult(connection);
                await connection.RunAsync((what, arguments, ackId) =>
                    _news.TryGetValue(what, out var show) ? HearAsync(connection, show, arguments, ackId) : Task.CompletedTask);
            }
            catch (UnauthorizedAccessException refusal)
            {
                _connection.TrySetException(refusal);
                return;
            }
            catch (Exception failure) when (IsLoss(failure))
            {
                if (_connection.Task.IsCompleted && !_stop.IsCancellationRequested)
                {
                    say("connection lost");
                    _connection = NewSignal();
                }
            }

            // Not all consoles at the same moment, when the office is back.
            if (!_stop.IsCancellationRequested) await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), TimeProvider.System);
        }
    }

    /// <summary>
    /// Shows, remembers, acknowledges, in this order: whatever is killed in between, the message comes again rather than never. It is
    /// shown twice only if this process dies right between the first two.
    /// </summary>
    private Task HearAsync(SocketIOConnection connection, Func<Parcel, string> show, JsonElement[] arguments, long ackId)
    {
        var id = arguments[1].GetProperty("id").GetString()!;
        if (!_seen.Contains(id))
        {
            say(show(arguments[0].Deserialize<Parcel>(JsonSerializerOptions.Web)!));
            _seen.Add(id);
        }

        return connection.AcknowledgeAsync(ackId);
    }

    private static bool IsLoss(Exception failure) =>
        failure is WebSocketException or IOException or ProtocolException or JsonException
            or OperationCanceledException or ObjectDisposedException;

    private static TaskCompletionSource<SocketIOConnection> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
