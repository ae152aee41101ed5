using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed class ListenerTests
{
    [Theory, EveryClient]
    public async Task Catch_all_listeners_and_socket_middlewares_see_every_event(ClientVersion version, ClientTransport transport)
    {
        var seen = new List<string>();
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            socket.OnAny(received => seen.Add($"any {received.Name} {received.Arguments.Count}"));
            socket.PrependAny(received => seen.Add($"first {received.Name}"));
            socket.OnAnyOutgoing(sent => seen.Add($"outgoing {sent.Name} {sent.Arguments.Get<string>(0)}"));
            socket.OnAny(received =>
            {
                if (received.Name.StartsWith("unknown", StringComparison.Ordinal))
                    _ = received.Acknowledgement!.SendAsync("a listener answers");
            });
            socket.Use(async received =>
            {
                seen.Add($"middleware {received.Name}");
                if (received.Name == "slow") await Task.Yield();
                if (received.Name == "forbidden") throw new AcknowledgementException("forbidden", "Not for you.");
            });
            socket.On("greet", (string text) => socket.EmitAsync("answer", text, 2));
            socket.On("slow", (int number) => $"slow {number}");
            socket.On("forbidden", () => seen.Add("never"));
        }));
        await Scenario.RunAsync("catch-all", server.Url, version, transport);

        seen.ShouldBe(
        [
            "first greet", "any greet 2", "middleware greet", "outgoing answer hello",
            "first unknown to handlers but to listeners", "any unknown to handlers but to listeners 1",
            "middleware unknown to handlers but to listeners",
            "first slow", "any slow 1", "middleware slow",
            "first forbidden", "any forbidden 1", "middleware forbidden",
        ]);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory, EveryClient]
    public async Task Volatile_events_come_at_most_once_and_in_order(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            var counted = 0;
            socket.On("burst", async (int count) =>
            {
                for (var i = 0; i < count; i++)
                    await (i % 2 == 0 ? socket.Volatile.EmitAsync("maybe", i) : io.Volatile.EmitAsync("maybe", i));
            });
            socket.On("count", () => counted++);
            socket.On("counted", () => counted);
        }));
        await Scenario.RunAsync("volatile", server.Url, version, transport);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory, EveryClient]
    public async Task Messages_up_to_the_limit_pass_and_beyond_it_the_connection_ends(ClientVersion version, ClientTransport transport)
    {
        const int Limit = 200_000;
        await using var server = await TestServer.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.On("size", (string text) => text.Length);
                socket.On("send", (int length) => new string('x', length));
                socket.On("send bytes", (int length) => new byte[length]);
            }),
            options => options.MaxHttpBufferSize = Limit);
        var report = (await Scenario.RunAsync("large", server.Url, version, transport, new { Limit })).ShouldHaveSingleItem();

        report.GetProperty("reason").GetString().ShouldBe(transport == ClientTransport.Polling ? "transport error" : "transport close");
        server.Log.Errors.ShouldBeEmpty();
    }
}
