using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>What the documentation shows first does what it says, letter by letter.</summary>
public sealed class DocumentationTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int Patience = 90_000;

    [Fact]
    public async Task The_first_sample_of_the_readme_runs_as_written_and_delivers_its_inbox_message()
    {
        using var readme = new Documentation("README.md");
        await using var server = await chromium.StartAsync(readme.StartAsync);
        await using var browser = await chromium.OpenBrowserAsync();
        var page = await browser.NewPageAsync();
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);
        await page.GotoAsync(server.Address.ToString());
        await SeesAsync(page, "ann: hello");

        await page.GetByRole(AriaRole.Button, new() { Name = "Order a parcel" }).ClickAsync();
        await SeesAsync(page, "A parcel is ordered");
        await SeesAsync(page, "A parcel is on its way");

        // What is ordered now is shipped by the next process.
        await page.GetByRole(AriaRole.Button, new() { Name = "Order a parcel" }).ClickAsync();
        await SeesAsync(page, "A parcel is ordered", times: 2);
        await server.KillAsync();
        await server.RunAsync();
        await SeesAsync(page, "A parcel is on its way", times: 2);
        errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_first_server_of_getting_started_greets()
    {
        using var guide = new Documentation("docs/getting-started.md");
        await using var server = await chromium.StartAsync(guide.StartAsync);
        await using var browser = await chromium.OpenBrowserAsync();
        var page = await browser.NewPageAsync();
        await page.GotoAsync(server.Address.ToString());
        await Assertions.Expect(page.GetByText("Hello, Ann!")).ToBeVisibleAsync(new() { Timeout = Patience });
    }

    /// <summary>Waits for a line in the page's list, once or more often.</summary>
    private static async Task SeesAsync(IPage page, string text, int times = 1)
    {
        var line = page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = text }).Nth(times - 1);
        try
        {
            await line.WaitForAsync(new() { Timeout = Patience });
        }
        catch (TimeoutException late)
        {
            var shown = string.Join('\n', await page.GetByRole(AriaRole.Listitem).AllTextContentsAsync());
            throw new TimeoutException($"Waited {Patience / 1000} s for \"{text}\" {times} times; the page shows:\n{shown}", late);
        }
    }
}
