using SocketIOClient;
using SocketIOClient.Transport;

namespace Stork.Samples.Parcels;

/// <summary>
/// A client of the office. The connection comes back by itself; what the office has to say waits in an inbox until it is acknowledged, and what is said to the
/// office is said again until it is answered.
/// </summary>
internal sealed class OfficeClient : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly SocketIO _socket;
    private readonly SeenMessages _seen;
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OfficeClient(Uri url, string directory, string role, string name)
    {
        _seen = new SeenMessages(Path.Combine(directory, "seen", $"{role}-{name}"));
        _socket = new SocketIO(url, new SocketIOOptions
        {
            Auth = new { token = File.ReadAllText(Path.Combine(directory, "tokens", $"{role}-{name}")) },
            Transport = TransportProtocol.WebSocket,
            ReconnectionDelay = 200,
            ReconnectionDelayMax = 2000,
        });
        _socket.OnConnected += (_, _) =>
        {
            Console.WriteLine($"connected as {role} {name}");
            _joined.TrySetResult();
        };
        _socket.OnDisconnected += (_, _) => Console.WriteLine("connection lost");
        _socket.OnError += (_, error) => _joined.TrySetException(new UnauthorizedAccessException(error));
    }

    /// <summary>Has news shown, once each, and acknowledged when they have been.</summary>
    public void OnNews(string what, Func<Parcel, string> show) => _socket.On(what, message =>
    {
        // Shown, remembered, acknowledged, in this order: whatever is killed in between, the message comes again rather than never. It is shown twice
        // only if this process dies right between the first two.
        var id = message.GetValue<Metadata>(1).Id;
        if (!_seen.Contains(id))
        {
            Console.WriteLine(show(message.GetValue<Parcel>()));
            _seen.Add(id);
        }

        _ = AcknowledgeAsync(message);
    });

    /// <summary>Waits until the office has let this client in.</summary>
    public async Task OpenAsync()
    {
        await _socket.ConnectAsync();
        await _joined.Task;
    }

    /// <summary>Gives a command. The office carries it out once, however often it has to be sent until the answer arrives.</summary>
    public async Task<Answer> AskAsync(string command, params object[] arguments)
    {
        object[] withId = [Guid.NewGuid().ToString(), .. arguments];
        while (true)
        {
            try
            {
                var answer = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
                await _socket.EmitAsync(command, response => answer.TrySetResult(response.GetValue<Answer>()), withId);
                return await answer.Task.WaitAsync(AnswerTime);
            }
            catch (Exception failure) when (failure is not UnauthorizedAccessException)
            {
                // No answer, or no connection, which this client says with exceptions of several kinds. There will be another one.
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _socket.DisconnectAsync();
        _socket.Dispose();
    }

    private static async Task AcknowledgeAsync(SocketIOResponse message)
    {
        try
        {
            await message.CallbackAsync();
        }
        catch (Exception)
        {
            // The connection is gone: the message comes again on the next one.
        }
    }
}
