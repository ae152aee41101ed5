using Microsoft.Extensions.DependencyInjection;

namespace Stork.SocketIO.Sockets;

/// <summary>The services of one socket, and what was made for it besides; disposed with it. The socket's lock guards it.</summary>
internal sealed class SocketServices(SocketIOServer server)
{
    private AsyncServiceScope? _scope;
    private List<object>? _made;

    public IServiceProvider Provider => (_scope ??= server.Services.CreateAsyncScope()).ServiceProvider;

    /// <summary>An object that was made for the socket, but not by its scope.</summary>
    public void Add(object made) => (_made ??= []).Add(made);

    /// <summary>Disposes all: what was made for the socket, before the services that it uses. What that throws is logged. Nobody has access
    /// to this object any more.</summary>
    /// <param name="socketId">For the log.</param>
    public async Task DisposeAsync(string socketId)
    {
        foreach (var made in _made ?? []) await DisposeAsync(made, socketId);
        if (_scope is { } scope) await DisposeAsync(scope, socketId);
    }

    private async ValueTask DisposeAsync(object made, string socketId)
    {
        try
        {
            if (made is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
            else (made as IDisposable)?.Dispose();
        }
        catch (Exception exception)
        {
            Log.DisconnectHandlerFailed(server.Logger, exception, socketId);
        }
    }
}
