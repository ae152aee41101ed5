using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed class HandshakeTests
{
    [Theory, EveryClient]
    public async Task The_server_learns_what_the_client_told(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket => socket.On("handshake", () => new
        {
            socket.Id,
            socket.Handshake.Auth,
            Query = socket.Handshake.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()),
            Header = socket.Handshake.Headers["x-custom"].ToString(),
            socket.Handshake.Url,
            Address = socket.Handshake.Address?.ToString(),
            socket.Handshake.Secure,
        })));
        await Scenario.RunAsync("handshake", server.Url, version, transport);
        server.Log.Errors.ShouldBeEmpty();
    }
}
