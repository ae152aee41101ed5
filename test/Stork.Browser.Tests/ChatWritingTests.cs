using Microsoft.Playwright;

namespace Stork.Browser.Tests;

/// <summary>The place where messages are written.</summary>
public sealed class ChatWritingTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Is_ready_to_be_written_in_on_every_load()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await CheckAsync();
        await ann.Page.ReloadAsync();
        await CheckAsync();
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Change name" }).ClickAsync();
        await ann.EnterAsync("Anna");
        await CheckAsync();

        async Task CheckAsync()
        {
            await ann.SeesCountAsync("people in the room", ann.People, 1);
            await ann.SeesFocusAsync("the composer", ann.Composer);
            (await ann.Composer.BoundingBoxAsync()).ShouldNotBeNull().Height.ShouldBeGreaterThan(30, "a line of text has room");
        }
    }

    [Fact]
    public async Task What_is_begun_stays_in_its_room_and_survives_a_reload()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.Composer.FillAsync("For the lobby");
        await ann.OpenRoomAsync("travels");
        await ann.SeesBegunAsync("");
        await ann.Composer.FillAsync("For travellers");

        await ann.Page.ReloadAsync();
        await ann.SeesBegunAsync("For travellers");
        await ann.Room("lobby").GetByRole(AriaRole.Button).First.ClickAsync();
        await ann.SeesBegunAsync("For the lobby");

        // What was sent is not begun any more.
        await ann.Composer.PressAsync("Enter");
        await ann.SeesAsync("that the server has it", ann.TicksOf("For the lobby"), "✓");
        await ann.Page.ReloadAsync();
        await ann.SeesAsync("the message", ann.Message("For the lobby"));
        await ann.SeesBegunAsync("");
        ann.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_image_that_was_chosen_stays_in_its_room()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SeesCountAsync("people in the room", ann.People, 1);
        await ann.AttachAsync("view.png", await ann.DrawAsync());
        await ann.SeesAsync("the image about to be sent", ann.Preview);
        await ann.LookAsync("12-image-chosen");

        await ann.OpenRoomAsync("travels");
        await ann.SeesNoMoreAsync("image to be sent", ann.Preview);
        await ann.SayAsync("Only words");
        await ann.SeesAsync("that the server has it", ann.TicksOf("Only words"), "✓");
        (await ann.Page.Locator(".bubble img").CountAsync()).ShouldBe(0);

        await ann.Room("lobby").GetByRole(AriaRole.Button).First.ClickAsync();
        await ann.SeesAsync("the image about to be sent", ann.Preview);
        await ann.SayAsync("With a view");
        await ann.SeesAsync("the image", ann.Message("With a view").GetByRole(AriaRole.Img, new() { Name = "Image from Ann" }));
        await ann.SeesNoMoreAsync("image to be sent", ann.Preview);
        ann.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_is_no_image_is_refused_whatever_it_is_called_and_the_one_chosen_before_stays()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SeesCountAsync("people in the room", ann.People, 1);

        await ann.AttachAsync("notes.png", [.. "These are words."u8]);
        await ann.SeesAsync("the reason", ann.Page.Locator("#composer-error"), "notes.png is not an image that this browser can read.");
        (await ann.Preview.IsVisibleAsync()).ShouldBeFalse();
        await ann.LookAsync("13-no-image");

        await ann.AttachAsync("view.png", await ann.DrawAsync());
        await ann.SeesAsync("the image about to be sent", ann.Preview);
        await ann.AttachAsync("notes.png", [.. "These are words."u8]);
        await ann.SeesAsync("the reason", ann.Page.Locator("#composer-error"), "notes.png is not an image");
        await ann.SeesAsync("the image chosen before", ann.Page.Locator("#attachment-name"), "view.png");
        ann.Errors.ShouldBeEmpty();
    }
}
