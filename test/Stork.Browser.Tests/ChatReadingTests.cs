using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>The messages of a room, as somebody sees them who opens it.</summary>
public sealed class ChatReadingTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>Puts a message and a person of each colour into the page.</summary>
    private const string ShowColours = """
        async () => {
          const { avatar, el, paint } = await import("/dom.js");
          const hues = new Set();
          for (let id = 0; id < 1000; id++) {
            const person = { id: String(id), name: `Person ${id}` };
            const author = el("p", { className: "author" }, person.name);
            const content = el("div", { className: "content" }, author, el("div", { className: "bubble" }, "said so"));
            const item = paint(el("li", { className: "message" }, avatar(person), content), person);
            const hue = item.style.getPropertyValue("--hue");
            if (!hues.has(hue)) document.getElementById("timeline").append(item);
            hues.add(hue);
          }
          for (const node of document.querySelectorAll("#timeline .avatar")) node.removeAttribute("aria-hidden");
          return hues.size;
        }
        """;

    private const string IsAtEnd = """
        () => {
          const log = document.querySelector("[role=log]");
          return log.scrollHeight > 1.2 * log.clientHeight && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
        }
        """;

    private const string HasItsImage = """
        () => [...document.querySelectorAll("[role=log] img")].filter((image) => image.complete && image.naturalWidth > 0).length === 1
        """;

    [Fact]
    public async Task Words_have_no_image_after_a_restart_of_the_server()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SayAsync("Only words");
        await ann.SeesAsync("that the server has it", ann.TicksOf("Only words"), "✓");

        await server.KillAsync();
        await server.RunAsync();
        await using var ben = await chromium.OpenAsync(server);
        await ben.EnterAsync("Ben");

        await ben.SeesAsync("the message", ben.Message("Only words"));
        var images = ben.Page.Locator("#timeline").GetByRole(AriaRole.Img).Filter(new() { HasNotText = "✓" });
        (await images.CountAsync()).ShouldBe(0, "no image");
        (await ben.Page.Locator(".bubble img, .lost-image").CountAsync()).ShouldBe(0, "no image");
        ben.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Somebody_new_sees_the_end_also_if_it_is_an_image()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SeesCountAsync("people in the room", ann.People, 1);
        for (var line = 1; line <= 30; line++) await ann.SayAsync($"Line {line}");
        await ann.AttachAsync("view.png", await ann.DrawAsync());
        await ann.SeesAsync("the image about to be sent", ann.Preview);
        await ann.Composer.PressAsync("Enter");
        await ann.SeesAsync("that the server has it", ann.Messages.Last.Locator(".ticks"), "✓");

        await using var ben = await chromium.OpenAsync(server);
        await ben.EnterAsync("Ben");

        await ben.SeesCountAsync("messages", ben.Messages, 31);
        await AtEndAsync(ben, HasItsImage, IsAtEnd);
        await ben.LookAsync("14-image-at-the-end");
        await AtEndAsync(ben, HasItsImage, IsAtEnd);
        await ben.Page.ReloadAsync();
        await ben.SeesCountAsync("messages", ben.Messages, 31);
        await AtEndAsync(ben, HasItsImage, IsAtEnd);
        ben.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_has_scrolled_up_stays_there_when_something_is_said()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ben.EnterAsync("Ben");
        await ben.SeesCountAsync("people in the room", ben.People, 2);
        for (var line = 1; line <= 30; line++) await ann.SayAsync($"Line {line}");
        await ben.SeesAsync("the last line", ben.Message("Line 30"));

        await ben.Page.GetByRole(AriaRole.Log).HoverAsync();
        await ben.Page.Mouse.WheelAsync(0, -5000);
        await ben.SeesAsync("the first line", ben.Message("Line 1"));
        await ben.Page.WaitForFunctionAsync("() => document.querySelector('[role=log]').scrollTop === 0");
        await ann.SayAsync("Something new");
        await ben.SeesAsync("the way to the end", ben.Page.GetByRole(AriaRole.Button, new() { Name = "New messages" }));
        (await ben.Page.EvaluateAsync<int>("() => document.querySelector('[role=log]').scrollTop")).ShouldBe(0);
        await ben.LookAsync("15-scrolled-up");

        await ben.Page.GetByRole(AriaRole.Button, new() { Name = "New messages" }).ClickAsync();
        await ben.SeesNoMoreAsync("way to the end", ben.Page.GetByRole(AriaRole.Button, new() { Name = "New messages" }));
        await AtEndAsync(ben, IsAtEnd);
    }

    [Fact]
    public async Task Everybodys_colour_can_be_read()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SeesCountAsync("people in the room", ann.People, 1);
        (await ann.Page.EvaluateAsync<int>(ShowColours)).ShouldBe(9);
        await ann.LookAsync("16-colours");
    }

    private static async Task AtEndAsync(ChatTab tab, params string[] conditions)
    {
        foreach (var condition in conditions)
        {
            try
            {
                await tab.Page.WaitForFunctionAsync(condition);
            }
            catch (TimeoutException late)
            {
                throw new TimeoutException($"Waited for the log to show its end: {condition}", late);
            }
        }
    }
}
