using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>What lies between a tab and the server, and can break while the server goes on.</summary>
internal sealed class Network
{
    public const string NoClient = "Not part of this build. Build Stork with Node.js and npm installed.";

    private readonly List<IWebSocketRoute> _connections = [];
    private bool _isCut;

    /// <summary>Whether the server has the official client's files, as after a build with Node.js.</summary>
    public bool HasClient { get; init; } = true;

    public async Task StandBetweenAsync(IPage page)
    {
        await page.RouteWebSocketAsync("**/socket.io/**", Connect);
        await page.RouteAsync("**/socket.io/?*", route => _isCut ? route.AbortAsync() : route.ContinueAsync());
        if (!HasClient)
        {
            await page.RouteAsync("**/socket.io/socket.io.js", route =>
                route.FulfillAsync(new() { Status = 404, ContentType = "text/plain", Body = NoClient }));
        }
    }

    /// <summary>Ends the connections there are, and lets no new ones through.</summary>
    public async Task CutAsync()
    {
        _isCut = true;
        foreach (var connection in _connections) await connection.CloseAsync();
        _connections.Clear();
    }

    public void Mend() => _isCut = false;

    private void Connect(IWebSocketRoute connection)
    {
        if (_isCut)
        {
            _ = connection.CloseAsync();
            return;
        }

        connection.ConnectToServer();
        _connections.Add(connection);
    }
}
