using Stork.Interop.Tests.Servers;
using Stork.Interop.Tests.Wire;

namespace Stork.Interop.Tests.Conformance;

/// <summary>Clients that ask for base64 (<c>b64=1</c>) get binary messages as text over WebSocket, byte by byte as over polling.</summary>
public sealed class Base64Tests : IAsyncLifetime
{
    private const string OverWebSocket = "/socket.io/?EIO=4&transport=websocket";

    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(
        io => io.OnConnection(socket =>
        {
            socket.On("fill", (int length) => socket.EmitAsync("filled", Filled(length)));
            socket.On("all", (byte[] data) => io.EmitAsync("news", data, "text", data));
        }));

    public async ValueTask DisposeAsync()
    {
        if (_server is null) return;
        _server.Log.Errors.ShouldBeEmpty();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(93)]
    [InlineData(94)]
    [InlineData(49_149)]
    [InlineData(49_152)]
    [InlineData(3_000_000)]
    public async Task Data_of_any_length_comes_as_one_text_message(int length)
    {
        await using var client = await JoinAsync("&b64=1");
        await client.SendAsync($"42[\"fill\",{length}]");
        (await client.ReadTextAsync()).ShouldBe("451-[\"filled\",{\"_placeholder\":true,\"num\":0}]");
        // Not by ShouldBe: what it would tell of millions of characters helps nobody.
        (await client.ReadTextAsync() == "b" + Convert.ToBase64String(Filled(length))).ShouldBeTrue("The data came back changed.");
        await client.SendAsync("42[\"fill\",1]");
        (await client.ReadTextAsync()).ShouldStartWith("451-");
        (await client.ReadTextAsync()).ShouldBe("bAA==");
    }

    [Fact]
    public async Task Of_one_broadcast_each_client_gets_its_form()
    {
        await using var ofText = await JoinAsync("&b64=1");
        await using var ofBytes = await JoinAsync("");
        await ofText.SendAsync("451-[\"all\",{\"_placeholder\":true,\"num\":0}]");
        await ofText.SendAsync("bAQID/w==");
        const string Text = "452-[\"news\",{\"_placeholder\":true,\"num\":0},\"text\",{\"_placeholder\":true,\"num\":1}]";
        foreach (var expected in new[] { Text, "bAQID/w==", "bAQID/w==" }) (await ofText.ReadTextAsync()).ShouldBe(expected);
        foreach (var expected in new[] { Text, "<010203FF>", "<010203FF>" }) (await ofBytes.ReadAsync()).ToString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("&b64=1", "bAAE=")]
    [InlineData("", "<0001>")]
    public async Task After_an_upgrade_the_request_of_the_WebSocket_counts(string query, string expected)
    {
        using var polling = new WirePolling(Server.Url, "/socket.io/");
        await polling.OpenAsync("EIO=4&transport=polling&b64=1");
        await polling.PostAsync("40");
        (await polling.ReceiveAsync()).ShouldStartWith("40{");
        await using var upgraded = await WireWebSocket.OpenAsync(Server.Url, $"{OverWebSocket}&sid={polling.Sid}{query}");
        await upgraded.SendAsync("2probe");
        (await upgraded.ReadTextAsync()).ShouldBe("3probe");
        await upgraded.SendAsync("5");
        await upgraded.SendAsync("42[\"fill\",2]");
        (await upgraded.ReadTextAsync()).ShouldStartWith("451-");
        (await upgraded.ReadAsync()).ToString().ShouldBe(expected);
    }

    private static byte[] Filled(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)i)];

    private async Task<WireWebSocket> JoinAsync(string query)
    {
        var client = await WireWebSocket.OpenAsync(Server.Url, OverWebSocket + query);
        (await client.ReadTextAsync()).ShouldStartWith("0{");
        await client.SendAsync("40");
        (await client.ReadTextAsync()).ShouldStartWith("40{");
        return client;
    }
}
