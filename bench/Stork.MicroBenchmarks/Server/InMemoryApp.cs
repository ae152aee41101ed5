using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Stork.MicroBenchmarks.Server;

/// <summary>A whole Socket.IO server with clients in memory.</summary>
internal sealed class InMemoryApp : IAsyncDisposable
{
    private readonly InMemoryServer _server = new();
    private readonly List<InMemoryConnection> _connections = [];
    private readonly List<Task> _requests = [];
    private readonly WebApplication _app;

    private InMemoryApp(Action<SocketIOOptions> configure)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IServer>(_server);
        builder.Services.AddSocketIO(configure);
        _app = builder.Build();
        IO = _app.MapSocketIO();
    }

    public SocketIOServer IO { get; }

    public static async Task<InMemoryApp> StartAsync(Action<SocketIOOptions>? configure = null)
    {
        var app = new InMemoryApp(options =>
        {
            // Nobody answers heartbeats here.
            options.PingInterval = TimeSpan.FromDays(1);
            configure?.Invoke(options);
        });
        await app._app.StartAsync();
        return app;
    }

    /// <summary>A client that has joined the main namespace; its socket was given to the connection handlers.</summary>
    public InMemoryConnection Connect()
    {
        var connection = new InMemoryConnection();
        _connections.Add(connection);
        _requests.Add(_server.ProcessAsync(connection.NewRequest("?EIO=4&transport=websocket")));
        var written = connection.Writes;
        connection.Send(ClientFrame.Text("40"));
        return connection.Writes > written ? connection : throw new InvalidOperationException("The server did not answer at once.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) connection.End();
        await Task.WhenAll(_requests);
        await _app.DisposeAsync();
    }
}
