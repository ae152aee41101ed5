using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>The distribution's Chromium, for all tests of a class. Nothing is downloaded.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string? _lack;

    public async ValueTask InitializeAsync()
    {
        var path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
            .SelectMany(static directory => Names.Select(name => Path.Combine(directory, name)))
            .FirstOrDefault(File.Exists);
        if (path is null)
        {
            _lack = $"there is no Chromium on the path ({string.Join(", ", Names)})";
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = path, Args = Arguments });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Starts the chat and makes sure that its page can work; otherwise the test is skipped and says why.</summary>
    internal Task<SampleServer> StartChatAsync() => StartAsync(SampleServer.StartAsync);

    /// <summary>Likewise the workers, with their data in a directory.</summary>
    internal Task<SampleServer> StartWorkersAsync(string data) => StartAsync(() => SampleServer.StartWorkersAsync(data));

    /// <summary>Skips the test, with the reason, where there is no browser.</summary>
    internal void Require()
    {
        if (_lack is not null) Assert.Skip($"Needs a browser: {_lack}.");
    }

    /// <summary>The same with any program that serves the official client.</summary>
    internal async Task<SampleServer> StartAsync(Func<Task<SampleServer>> start)
    {
        Require();
        var server = await start();
        using var http = new HttpClient { BaseAddress = server.Address };
        using var client = await http.GetAsync(new Uri("socket.io/socket.io.js", UriKind.Relative));
        if (client.IsSuccessStatusCode) return server;
        await server.DisposeAsync();
        Assert.Skip("Needs the official client in the page: Stork was built without Node.js and npm.");
        throw new InvalidOperationException("Skipped.");
    }

    /// <summary>A browser of one person, whose tabs share its cookies.</summary>
    internal Task<IBrowserContext> OpenBrowserAsync() =>
        _browser!.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });

    /// <summary>A tab that shares nothing with the others.</summary>
    /// <param name="server">The chat.</param>
    /// <param name="network">What is between the two; null for nothing.</param>
    internal async Task<ChatTab> OpenAsync(SampleServer server, Network? network = null)
    {
        var context = await OpenBrowserAsync();
        var page = await context.NewPageAsync();
        if (network is not null) await network.StandBetweenAsync(page);
        var tab = new ChatTab(context, page);
        await page.GotoAsync(server.Address.ToString());
        return tab;
    }
}
