using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>The chat page in a tab: what a person sees and does there.</summary>
internal sealed class ChatTab : IAsyncDisposable
{
    private const int Patience = 60_000;

    /// <summary>Gives an image back as base64.</summary>
    private const string Drawing =
        """
        () => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 400 });
          const context = canvas.getContext("2d");
          const sky = context.createLinearGradient(0, 0, 0, 400);
          sky.addColorStop(0, "#274b7a"); sky.addColorStop(0.6, "#f2a65a"); sky.addColorStop(1, "#f7d08a");
          context.fillStyle = sky; context.fillRect(0, 0, 640, 400);
          context.fillStyle = "#fff3c4"; context.beginPath(); context.arc(430, 240, 46, 0, 7); context.fill();
          context.fillStyle = "#1d3b35"; context.beginPath(); context.moveTo(0, 330);
          for (let x = 0; x <= 640; x += 20) context.lineTo(x, 320 + 26 * Math.sin(x / 70));
          context.lineTo(640, 400); context.lineTo(0, 400); context.fill();
          return canvas.toDataURL("image/png").split(",")[1];
        }
        """;

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

    /// <summary>Chooses a file, as with the button beside the text.</summary>
    public Task AttachAsync(string name, byte[] content) =>
        _page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = name, MimeType = "image/png", Buffer = content });

    /// <summary>Draws something worth looking at.</summary>
    public async Task<byte[]> DrawAsync() => Convert.FromBase64String(await _page.EvaluateAsync<string>(Drawing));

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

    public ILocator Preview => _page.GetByAltText("Image to be sent");

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

    /// <summary>What is begun, in the composer.</summary>
    public Task SeesBegunAsync(string text) =>
        WaitAsync($"\"{text}\" in the composer", () => Assertions.Expect(Composer).ToHaveValueAsync(text, new() { Timeout = Patience }));

    public Task SeesFocusAsync(string what, ILocator locator) =>
        WaitAsync($"{what} to have the focus", () => Assertions.Expect(locator).ToBeFocusedAsync(new() { Timeout = Patience }));

    /// <summary>See <see cref="Look"/>.</summary>
    /// <param name="name">What this is called.</param>
    /// <param name="withSide">Whether the lists that are hidden on narrow screens are shown.</param>
    public Task LookAsync(string name, bool withSide = false) => Look.AtAsync(_page, $"chat-{name}", prepare: async (size, isBefore) =>
    {
        if (!withSide || size == "wide") return;
        if (isBefore) await _page.GetByRole(AriaRole.Button, new() { Name = "Rooms and people" }).ClickAsync();
        else await _page.Keyboard.PressAsync("Escape");
    });

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
