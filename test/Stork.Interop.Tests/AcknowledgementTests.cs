using System.Collections.Concurrent;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed class AcknowledgementTests
{
    [Theory, EveryClient]
    public async Task Answers_go_both_ways(ClientVersion version, ClientTransport transport)
    {
        var leaver = new Observations<Exception?>();
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("add", (int a, int b) => a + b);
            socket.On("add later", async (int a, int b) =>
            {
                await Task.Yield();
                return a + b;
            });
            socket.On("answer twice", async (Acknowledgement answer) =>
            {
                await answer.SendAsync("first");
                await answer.SendAsync("second");
            });
            socket.On("fail", () => throw new InvalidOperationException("a secret"));
            socket.On("refuse", () => throw new AcknowledgementException("out_of_stock", "Come back tomorrow."));
            socket.On("ask me", (string text) => socket.EmitWithAckAsync<string>("question", text));
            socket.On("ask me for several", async (Acknowledgement answer) =>
            {
                var replies = (await socket.EmitWithAckAsync<EventArguments>("several", 1))!;
                var json = System.Text.Encoding.UTF8.GetString(replies.GetJson(1).Span);
                await answer.SendAsync(replies.Count, $"{replies.Get<int>(0)} {json} {replies.Get<byte[]>(2)![0]}");
            });
            socket.On("ask me slowly", () => socket.Timeout(Waiting.Patience).EmitWithAckAsync<string>("slow question"));
            socket.On("ask me in vain", async () =>
            {
                try
                {
                    return await socket.Timeout(TimeSpan.FromMilliseconds(50)).EmitWithAckAsync<string>("unanswered");
                }
                catch (AcknowledgementTimeoutException)
                {
                    return "timed out";
                }
            });
            socket.On("ask me for ever", async () =>
                leaver.Add(await Record.ExceptionAsync(() => socket.EmitWithAckAsync<string>("unanswered"))));
        }));
        await Scenario.RunAsync("acks", server.Url, version, transport);

        (await leaver.NextAsync("the emit to a client that left")).ShouldBeOfType<SocketDisconnectedException>();
        server.Log.Errors.ShouldHaveSingleItem().ShouldContain("The handler of \"fail\" failed");
    }

    [Theory, EveryClient(Since = ClientVersion.V4_5)]
    public async Task Clients_set_limits_and_repeat(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            var tries = new ConcurrentDictionary<string, int>();
            socket.On("add", (int a, int b) => a + b);
            socket.On("unanswered", (Acknowledgement _) => { });
            socket.On("third time lucky", async (string name, Acknowledgement answer) =>
            {
                var count = tries.AddOrUpdate(name, 1, (_, count) => count + 1);
                if (count >= 3) await answer.SendAsync($"{name} {count}");
            });
        }));
        await Scenario.RunAsync("ack-timeouts", server.Url, version, transport);
        server.Log.Errors.ShouldBeEmpty();
    }
}
