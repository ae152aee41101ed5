using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>The workers' page in a tab.</summary>
internal sealed class WorkersTab
{
    private const int Patience = 90_000;

    private readonly List<string> _errors = [];

    private WorkersTab(IPage page)
    {
        Page = page;
        page.SetDefaultTimeout(Patience);
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _errors.Add(message.Text);
        };
    }

    public IPage Page { get; }

    public IReadOnlyList<string> Errors => _errors;

    public ILocator Workers => Page.Locator("#workers li");

    public static async Task<WorkersTab> OpenAsync(IBrowserContext browser, Uri address)
    {
        var tab = new WorkersTab(await browser.NewPageAsync());
        await tab.Page.GotoAsync(address.ToString());
        return tab;
    }

    public async Task HandInAsync(string text, string takes = "no time", int copies = 1, bool isPoison = false)
    {
        await Page.GetByLabel("Takes").SelectOptionAsync(takes);
        await Page.GetByLabel("Copies").SelectOptionAsync($"{copies}");
        await Page.GetByLabel("Poison").SetCheckedAsync(isPoison);
        await Page.GetByLabel("Text", new() { Exact = true }).FillAsync(text);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Hand in" }).ClickAsync();
    }

    public ILocator Worker(string name) => Page.Locator($"#workers li[data-worker='{name}']");

    public ILocator Cards(string column) => Page.Locator($"#{column} li.card");

    public ILocator Card(string column, string name) => Page.Locator($"#{column} li.card[data-job='{name}']");

    public Task SeesCountAsync(string column, int count) =>
        WaitAsync(
            $"{count} documents in {column}",
            () => Assertions.Expect(Page.Locator($"#{column}-count")).ToHaveTextAsync($"{count}", new() { Timeout = Patience }));

    public Task SeesAsync(string what, ILocator locator, string text) =>
        WaitAsync($"{what}, with \"{text}\"", () => Assertions.Expect(locator).ToContainTextAsync(text, new() { Timeout = Patience }));

    public Task SeesAsync(string what, ILocator locator) =>
        WaitAsync(what, () => Assertions.Expect(locator).ToBeVisibleAsync(new() { Timeout = Patience }));

    public Task SeesNoMoreAsync(string what, ILocator locator) =>
        WaitAsync($"no {what} any more", () => Assertions.Expect(locator).ToHaveCountAsync(0, new() { Timeout = Patience }));

    /// <summary>See <see cref="Look"/>.</summary>
    public Task LookAsync(string name) => Look.AtAsync(Page, $"workers-{name}", isWhole: true);

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
