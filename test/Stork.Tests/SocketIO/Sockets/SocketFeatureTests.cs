using System.Collections.Concurrent;
using Stork.Protocol;
using Stork.SocketIO.Sockets;
using Stork.Tests.Durable.Inboxes;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>What a feature that a higher floor attaches to a socket hears of it.</summary>
public sealed class SocketFeatureTests
{
    private readonly ConcurrentQueue<string> _story = new();

    [Fact]
    public async Task It_hears_of_its_socket_from_the_first_acknowledgement_to_the_end()
    {
        await using var app = await StartAsync();
        var handlersMayEnd = new TaskCompletionSource();
        Socket? connected = null;
        app.IO.OnConnection(socket =>
        {
            _story.Enqueue("connection handler");
            socket.On("event", () => _story.Enqueue("event"));
            socket.OnDisconnect(_ => _story.Enqueue("disconnect handler"));
            connected = socket;
            return handlersMayEnd.Task;
        });
        await using var client = await app.OpenAsync();
        await client.SendAsync("4317[]", "40", "42[\"event\"]");
        await Waiting.Until(() => connected?.PendingEvents() == 1, "the event waits");
        handlersMayEnd.SetResult();
        await Waiting.Until(() => _story.Contains("ready"), "the connection handlers were done");
        await client.SendAsync("4318[]", "41");
        await Waiting.Until(() => _story.Contains("disconnect handler"), "the socket ended");
        string[] expected =
        [
            "acknowledgement 17", "connection handler", "connected", "event", "ready",
            "acknowledgement 18", "closed by ClientNamespaceDisconnect", "disconnect handler",
        ];
        _story.ShouldBe(expected);
        connected!.Feature<Recorder>().ShouldNotBeNull();
    }

    [Fact]
    public async Task It_hears_nothing_of_a_socket_that_was_never_connected()
    {
        await using var app = await StartAsync();
        app.IO.Use(_ => throw new ConnectErrorException("No."));
        await using var client = await app.OpenAsync();
        await client.SendAsync("40");
        (await client.ReceiveAsync()).ShouldStartWith("44");
        await client.DisposeAsync();
        await app.App.UntilConnections(0);
        _story.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_answer_to_an_emit_is_not_for_it()
    {
        await using var app = await StartAsync();
        var answer = new TaskCompletionSource<int>();
        app.IO.OnConnection(socket => _ = AskAsync(socket, answer));
        await using var client = await app.ConnectAsync();
        var question = await client.ReceiveAsync();
        await client.SendAsync($"43{question[2..question.IndexOf('[', StringComparison.Ordinal)]}[7]");
        await Waiting.Until(() => answer.Task.IsCompleted, "the answer came");
        (await answer.Task).ShouldBe(7);
        _story.ShouldNotContain(line => line.StartsWith("acknowledgement", StringComparison.Ordinal));
    }

    private static async Task AskAsync(Socket socket, TaskCompletionSource<int> answer) =>
        answer.SetResult(await socket.EmitWithAckAsync<int>("question"));

    /// <summary>A server whose sockets have a feature that tells its story, instead of their inboxes.</summary>
    private async Task<InboxApp> StartAsync()
    {
        var app = await InboxApp.StartAsync();
        app.IO.SocketFeatures[0] = _ => new Recorder(_story);
        return app;
    }

    private sealed class Recorder(ConcurrentQueue<string> story) : ISocketFeature
    {
        public async ValueTask OnConnectedAsync()
        {
            await Task.Yield();
            story.Enqueue("connected");
        }

        public void OnReady() => story.Enqueue("ready");

        public bool TryAcknowledge(in Packet packet)
        {
            story.Enqueue($"acknowledgement {packet.AckId}");
            return true;
        }

        public void OnDrained() => story.Enqueue("drained");

        public void OnClosed(DisconnectReason reason) => story.Enqueue($"closed by {reason}");
    }
}
