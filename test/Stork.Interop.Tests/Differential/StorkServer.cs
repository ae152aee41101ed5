using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests.Differential;

/// <summary>Stork, doing what <c>clients/servers/official.mjs</c> does.</summary>
public sealed partial class StorkServer : IComparedServer, IAsyncLifetime
{
    private static readonly string[] Names = ["ev", "1", "1.5", "-1", "", "Connect", "connect ", "__proto__", "constructor", "toString"];

    private readonly ConcurrentDictionary<string, Observations<string>> _reasons = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _asking = new();
    private TestServer? _server;

    public Uri Url => _server!.Url;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(
        io =>
        {
            foreach (var nsp in new[] { io.MainNamespace, io.Of("/custom"), io.Of(DynamicPattern()) }) nsp.OnConnection(Serve);
            io.Of("/refusing").Use(socket => throw new ConnectErrorException("no", socket.Handshake.Auth));
        },
        options => options.Cors = new CorsPolicyBuilder().AllowAnyOrigin().AllowAnyHeader().AllowAnyMethod().Build());

    public Task<string> EndOfAsync(string tag) => Of(tag).NextAsync("the reason Stork gives");

    public Task AnsweredAsync(string tag) => Asking(tag).Task.Within("the answer to Stork's question");

    public async ValueTask DisposeAsync()
    {
        if (_server is null) return;
        _server.Log.Errors.ShouldBeEmpty();
        await _server.DisposeAsync();
    }

    private void Serve(Socket socket)
    {
        foreach (var name in Names)
        {
            socket.On(name, async (EventArguments arguments, Acknowledgement answer) =>
            {
                await socket.EmitAsync("name", name);
                await socket.EmitAsync("echo", arguments);
                await answer.SendAsync(arguments);
            });
        }

        socket.On("leave", (bool? close) => socket.DisconnectAsync(close is true).AsTask());
        socket.On("burst", async () =>
        {
            await socket.EmitAsync("n", 1);
            await socket.Volatile.EmitAsync("n", 2);
            await socket.Server.Volatile.EmitAsync("n", 3);
            await socket.EmitAsync("n", 4);
        });
        socket.On("volatile", async () =>
        {
            for (var n = 1; n <= 3; n++) await socket.Volatile.EmitAsync("n", n);
        });
        socket.On("ask", () => _ = AskAsync(socket));
        if (socket.Namespace.Name != "/") return;
        var tag = socket.Handshake.Query["tag"].ToString();
        socket.OnDisconnect(reason => Of(tag).Add(reason.ToText()));
    }

    /// <summary>Goes on after the answer on another thread, unlike the original's callback: whoever compares has to wait.</summary>
    private async Task AskAsync(Socket socket)
    {
        try
        {
            var answers = (await socket.EmitWithAckAsync<EventArguments>("question"))!;
            await socket.EmitAsync("answered", answers);
        }
        catch (SocketDisconnectedException)
        {
            // Then nobody is told.
        }

        Asking(socket.Handshake.Query["tag"].ToString()).TrySetResult();
    }

    private TaskCompletionSource Asking(string tag) =>
        _asking.GetOrAdd(tag, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private Observations<string> Of(string tag) => _reasons.GetOrAdd(tag, _ => new());

    [GeneratedRegex(@"^/dynamic-\d+$")]
    private static partial Regex DynamicPattern();
}
