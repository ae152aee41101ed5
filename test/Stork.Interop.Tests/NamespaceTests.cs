using System.Text.RegularExpressions;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed partial class NamespaceTests
{
    [Theory, EveryClient]
    public async Task Namespaces_share_a_connection_and_nothing_else(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(io =>
        {
            var namespaces = new[] { io.MainNamespace, io.Of("/orders"), io.Of("/ключ 🗝?x=1"), io.Of(RoomPattern()), io.Of(IsOwnTenant) };
            foreach (var nsp in namespaces)
                nsp.OnConnection(TellWhere);
            io.Of("/guarded")
                .Use(socket => (socket.Handshake.GetAuth<Credentials>()!.Token switch
                {
                    null => throw new ConnectErrorException("No token", new { Code = 401, Hint = new[] { "log in" } }),
                    "bare" => throw new ConnectErrorException("Wrong token"),
                    "broken" => throw new InvalidOperationException("a secret"),
                    _ => ValueTask.CompletedTask,
                }))
                .Use(async socket =>
                {
                    await Task.Yield();
                    socket.Data["checked"] = "checked by two";
                })
                .OnConnection(socket => socket.On("who", () => (string)socket.Data["checked"]!));
        });
        await Scenario.RunAsync("namespaces", server.Url, version, transport);

        server.Log.Errors.ShouldHaveSingleItem().ShouldContain("A middleware of namespace /guarded failed");
    }

    private static void TellWhere(Socket socket) => socket.On("where", async (Acknowledgement answer) =>
    {
        await socket.EmitAsync("news", socket.Namespace.Name);
        await answer.SendAsync(socket.Namespace.Name, socket.Handshake.GetAuth<Credentials>()!.Who);
    });

    private static ValueTask<bool> IsOwnTenant(string name, Handshake handshake) =>
        new(handshake.GetAuth<Credentials>() is { Tenant: { } tenant } && name == $"/tenant/{tenant}");

    [GeneratedRegex(@"^/room-\d+$")]
    private static partial Regex RoomPattern();

    private sealed record Credentials(string? Who, string? Token, string? Tenant);
}
