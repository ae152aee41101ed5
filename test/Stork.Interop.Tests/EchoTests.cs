using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed class EchoTests
{
    private sealed record Line(string Item, int Count);

    private sealed record Order(int Id, string Name, Line[] Lines, decimal Total, DateTimeOffset PlacedAt);

    private sealed record Picture(string Name, byte[] Data);

    [Theory, EveryClient]
    public async Task Everything_json_can_say_comes_back_unchanged(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(Echo);
        await Scenario.RunAsync("echo", server.Url, version, transport);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory, EveryClient]
    public async Task Handlers_take_and_return_types_of_their_own(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            socket.On("order", (Order order) => order with { Id = order.Id + 1 });
            socket.On("sum", (int a, long b, double c) => a + b + c);
            socket.On("nothing", () => { });
            socket.On("maybe", (string? text) => text);
            socket.On("several", (int one, string two, Acknowledgement answer) => answer.SendAsync(one, two, new { Three = 3 }));
        }));
        await Scenario.RunAsync("echo-typed", server.Url, version, transport);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory, EveryClient]
    public async Task Binary_data_travels_anywhere_in_the_arguments(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(io =>
        {
            Echo(io);
            io.OnConnection(socket => socket.On("reverse", (Picture picture) => picture with { Data = [.. picture.Data.Reverse()] }));
        });
        await Scenario.RunAsync("binary", server.Url, version, transport);
        server.Log.Errors.ShouldBeEmpty();
    }

    private static void Echo(SocketIOServer io) => io.OnConnection(socket =>
    {
        socket.On("echo", (EventArguments arguments) => socket.EmitAsync("echo", arguments));
        socket.On("ask", (EventArguments arguments, Acknowledgement answer) => answer.SendAsync(arguments));
    });
}
