using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>The chat page in a tab: what a person sees and does there.</summary>
internal sealed class ChatTab : IAsyncDisposable
{
    private const int Patience = 60_000;

    private readonly IBrowserContext _context;
    private readonly IPage _page;
    private readonly List<string> _errors = [];

    public ChatTab(IBrowserContext context, IPage page)
    {
        _context = context;
        _page = page;
        page.SetDefaultTimeout(Patience);
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            // A connection that fails while the server is away is reported by the browser itself, and belongs to the test.
            if (message.Type == "error" && !message.Text.Contains("ERR_", StringComparison.Ordinal)) _errors.Add(message.Text);
        };
    }

    /// <summary>Everything the browser complained of: exceptions, and what the content security policy refused.</summary>
    public IReadOnlyList<string> Errors => _errors;

    public IPage Page => _page;

    public async Task EnterAsync(string name)
    {
        await _page.GetByLabel("Your name").FillAsync(name);
        await _page.GetByRole(AriaRole.Button, new() { Name = "Enter" }).ClickAsync();
    }

    public async Task SayAsync(string text)
    {
        await Composer.FillAsync(text);
        await Composer.PressAsync("Enter");
    }

    /// <summary>By the switch in the page's header, which closes the connection.</summary>
    public async Task GoOfflineAsync()
    {
        await Online.ClickAsync();
        await SeesAsync("that it is offline", Banner, "Offline since");
    }

    public Task GoOnlineAsync() => Online.ClickAsync();

    /// <summary>Everything in the open room: its texts, from top to bottom.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync() => await _page.Locator("#timeline .message .text").AllTextContentsAsync();

    /// <summary>Another tab of the same browser.</summary>
    public async Task<ChatTab> OpenAnotherAsync()
    {
        var page = await _context.NewPageAsync();
        var tab = new ChatTab(_context, page);
        await page.GotoAsync(_page.Url);
        return tab;
    }

    /// <summary>Another tab of the same browser, which begins with what this one has in its session's storage.</summary>
    public async Task<ChatTab> DuplicateAsync()
    {
        var storage = await _page.EvaluateAsync<string>("JSON.stringify(sessionStorage.getItem('chat'))");
        var page = await _context.NewPageAsync();
        await page.AddInitScriptAsync($"sessionStorage.setItem('chat', {storage});");
        var tab = new ChatTab(_context, page);
        await page.GotoAsync(_page.Url);
        return tab;
    }

    /// <summary>Types as people do. That somebody types is told again and again, because each telling may be lost.</summary>
    public Task TypeAsync(string text) => Composer.PressSequentiallyAsync(text, new() { Delay = 150 });

    /// <param name="name">What is typed.</param>
    /// <param name="spelled">What the room is called then, if not the same.</param>
    public async Task OpenRoomAsync(string name, string? spelled = null)
    {
        await _page.GetByLabel("Join or create a room").FillAsync(name);
        await _page.GetByLabel("Join or create a room").PressAsync("Enter");
        await SeesAsync($"the room {name} open", _page.GetByRole(AriaRole.Heading, new() { Level = 1 }), spelled ?? name);
    }

    public ILocator Composer => _page.GetByLabel("Message", new() { Exact = true });

    public ILocator Banner => _page.Locator("#banner");

    public ILocator Online => _page.GetByRole(AriaRole.Switch, new() { Name = "Online" });

    public ILocator Connection => _page.Locator("#connection");

    public ILocator Typing => _page.Locator("#typing");

    public ILocator People => _page.Locator("#people li");

    public ILocator Away => _page.Locator("#away li");

    public ILocator Messages => _page.Locator("#timeline .message");

    /// <summary>Written here, and not known to the server as far as the page knows.</summary>
    public ILocator Waiting => _page.Locator("#timeline .message[data-state='waiting']");

    public ILocator Notices => _page.Locator("#timeline .notice");

    public ILocator Room(string name) => _page.Locator($"#rooms li[data-room='{name}']");

    public ILocator Message(string text) =>
        _page.Locator("#timeline .message").Filter(new() { Has = _page.GetByText(text, new() { Exact = true }) });

    public ILocator TicksOf(string text) => Message(text).Locator(".ticks");

    /// <summary>Waits until something shows a text.</summary>
    public Task SeesAsync(string what, ILocator locator, string text) =>
        WaitAsync($"{what}, with \"{text}\"", () => Assertions.Expect(locator).ToContainTextAsync(text, new() { Timeout = Patience }));

    public Task SeesAsync(string what, ILocator locator) =>
        WaitAsync(what, () => Assertions.Expect(locator).ToBeVisibleAsync(new() { Timeout = Patience }));

    public Task SeesCountAsync(string what, ILocator locator, int count) =>
        WaitAsync($"{count} of {what}", () => Assertions.Expect(locator).ToHaveCountAsync(count, new() { Timeout = Patience }));

    public Task SeesNothingAsync(string what, ILocator locator) =>
        WaitAsync($"no text about {what}", () => Assertions.Expect(locator).ToBeEmptyAsync(new() { Timeout = Patience }));

    public Task SeesNoMoreAsync(string what, ILocator locator) =>
        WaitAsync($"no {what} any more", () => Assertions.Expect(locator).ToBeHiddenAsync(new() { Timeout = Patience }));

    /// <summary>Pictures of the page for a person to look at, wide and narrow, light and dark.</summary>
    public async Task PhotographAsync(string name, bool withSide = false)
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "screenshots");
        foreach (var (size, width, height) in new[] { ("wide", 1280, 800), ("narrow", 390, 844) })
        {
            await _page.SetViewportSizeAsync(width, height);
            if (withSide && size == "narrow") await _page.GetByRole(AriaRole.Button, new() { Name = "Rooms and people" }).ClickAsync();
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await _page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                var path = Path.Combine(directory, $"{name}-{size}-{scheme.ToString().ToLowerInvariant()}.png");
                await _page.ScreenshotAsync(new() { Path = path });
                new FileInfo(path).Length.ShouldBeGreaterThan(0);
            }

            if (withSide && size == "narrow") await _page.Keyboard.PressAsync("Escape");
        }

        await _page.SetViewportSizeAsync(1280, 800);
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static async Task WaitAsync(string what, Func<Task> expectation)
    {
        try
        {
            await expectation();
        }
        catch (PlaywrightException exception)
        {
            throw new TimeoutException($"Waited {Patience / 1000} s for {what}.\n{exception.Message}", exception);
        }
    }
}
