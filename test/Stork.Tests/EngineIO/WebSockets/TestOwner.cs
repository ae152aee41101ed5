using Stork.EventLoops;
using Stork.EngineIO.WebSockets;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>Serves a connection with a handler. A server that stops shows in a read that comes back cancelled, as within HTTP.</summary>
internal sealed class TestOwner(WebSocketConnection connection, Func<Task> handler) : IConnectionOwner
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ended => _ended.Task;

    public async Task RunAsync()
    {
        try
        {
            await using (connection)
                await handler();
        }
        catch (Exception end) when (WebSocketConnection.IsEnd(end))
        {
        }
        finally
        {
            _ended.SetResult();
        }
    }

    public void BeginClose() => connection.Input.CancelPendingRead();
}
