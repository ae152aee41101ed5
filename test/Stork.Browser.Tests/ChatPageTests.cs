using Microsoft.Playwright;

namespace Stork.Browser.Tests;

public sealed class ChatPageTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Two_people_talk_in_their_tabs()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await ann.LookAsync("1-sign-in");
        await ann.EnterAsync("Ann");
        await ben.EnterAsync("Ben");

        await ann.SeesCountAsync("people in the room", ann.People, 2);
        await ben.SeesAsync("Ann among the people", ben.People.Filter(new() { HasText = "Ann" }));
        await ann.SeesAsync("the connection's transport", ann.Connection, "WebSocket");

        var typing = ben.TypeAsync("Hello Ann, did the parcel arrive?");
        await ann.SeesAsync("that Ben types", ann.Typing, "Ben is typing");
        await typing;
        await ben.Composer.PressAsync("Enter");
        await ann.SeesAsync("Ben's message", ann.Message("Hello Ann, did the parcel arrive?"));
        await ann.SeesNothingAsync("typing", ann.Typing);
        await ben.SeesAsync("that Ann has the message", ben.TicksOf("Hello Ann, did the parcel arrive?"), "✓✓");

        await ann.SayAsync("It did, this morning. The stork itself rang at the door.");
        await ben.SeesAsync("Ann's answer", ben.Message("It did, this morning. The stork itself rang at the door."));

        await SendImageAsync(ann, "The view it must have had on its way");
        await ben.SeesAsync("the image", ben.Page.GetByRole(AriaRole.Img, new() { Name = "Image from Ann" }));
        await ben.SeesAsync("the image's text", ben.Message("The view it must have had on its way"));
        (await ben.Page.Locator(".bubble img").EvaluateAsync<int>("image => image.decode().then(() => image.naturalWidth)")).ShouldBe(640);

        await ben.OpenRoomAsync("travels");
        await ann.SeesAsync("the new room", ann.Room("travels"));
        await ann.SayAsync("Are you still there?");
        await ben.SeesAsync("one unread message", ben.Room("lobby").Locator(".badge"), "1");
        await ben.LookAsync("2-other-room", withSide: true);
        await ben.Room("lobby").GetByRole(AriaRole.Button).First.ClickAsync();
        await ben.SeesAsync("the message that was unread", ben.Message("Are you still there?"));
        await ben.SeesNoMoreAsync("unread message", ben.Room("lobby").Locator(".badge"));
        await ben.SayAsync("Of course. I only looked where to go next: https://example.org/lakes?sort=warm.");
        await ben.SayAsync("Somewhere with frogs");
        await ann.SeesAsync("Ben's last message", ann.Message("Somewhere with frogs"));
        await ben.SeesAsync("that Ann has the last message", ben.TicksOf("Somewhere with frogs"), "✓✓");
        typing = ben.TypeAsync("and without foxes, if you please, at least this year");
        await ann.SeesAsync("that Ben types again", ann.Typing, "Ben is typing");
        await ann.LookAsync("3-talk");
        await typing;

        await ben.DisposeAsync();
        await ann.SeesCountAsync("people after Ben has left", ann.People, 1);
        ann.Errors.ShouldBeEmpty();
        ben.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Shows_the_loss_and_the_return_and_sends_what_was_typed_meanwhile_once()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ben.EnterAsync("Ben");
        await ann.SeesCountAsync("people in the room", ann.People, 2);
        await ann.SayAsync("Before the storm");
        await ben.SeesAsync("Ann's message", ben.Message("Before the storm"));
        await ann.SeesAsync("that Ben has it", ann.TicksOf("Before the storm"), "✓✓");

        await server.KillAsync();
        await ann.SeesAsync("the loss", ann.Banner, "Connection lost at");
        await ann.SeesAsync("what is being done about it", ann.Banner, ", attempt");
        await ben.SeesAsync("the loss", ben.Banner, "Connection lost at");
        await ann.SayAsync("Typed while the server was away");
        await ann.SayAsync("And one more");
        await ann.SeesAsync("that two messages wait", ann.Banner, "2 messages wait to be sent");
        (await ann.Message("And one more").GetAttributeAsync("data-state")).ShouldBe("waiting");
        await ann.LookAsync("4-lost");

        await server.RunAsync();
        await ann.SeesAsync("the return", ann.Banner, "Back again after");
        await ann.SeesAsync("what became of the messages", ann.Banner, "2 messages that waited were sent");
        await ben.SeesAsync("the first message", ben.Message("Typed while the server was away"));
        await ben.SeesAsync("the second message", ben.Message("And one more"));
        await ann.SeesAsync("that the server has it", ann.TicksOf("And one more"), "✓");
        await ann.SeesAsync("the line about the loss", ann.Notices, "The server was restarted");
        await ann.LookAsync("5-back");

        await ann.SayAsync("After the storm");
        await ben.SeesAsync("a message after the return", ben.Message("After the storm"));
        await ann.SeesAsync("that Ben has it", ann.TicksOf("After the storm"), "✓✓");
        await ann.SeesCountAsync("people in the room", ann.People, 2);
        foreach (var tab in new[] { ann, ben })
        {
            // What is sent comes in its order: with the last message here, no second copy of an earlier one can be on its way.
            (await tab.Page.Locator("#timeline .message .text").AllTextContentsAsync())
                .ShouldBe(["Before the storm", "Typed while the server was away", "And one more", "After the storm"]);
            (await tab.Notices.CountAsync()).ShouldBe(1);
            tab.Errors.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Reloading_brings_the_room_and_its_history_back()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.OpenRoomAsync("Frog Pond", "frog-pond");
        await ann.SayAsync("To be remembered");
        await ann.SeesAsync("that the server has it", ann.TicksOf("To be remembered"), "✓");

        await ann.Page.ReloadAsync();

        await ann.SeesAsync("the room", ann.Page.GetByRole(AriaRole.Heading, new() { Level = 1 }), "frog-pond");
        await ann.SeesAsync("the message", ann.Message("To be remembered"));
        await ann.SeesCountAsync("people: the one who came back", ann.People, 1);
        ann.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_name_belongs_to_one_person_at_a_time()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var other = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SeesCountAsync("people in the room", ann.People, 1);

        await other.EnterAsync("ann");
        await other.SeesAsync("the refusal", other.Page.Locator("#sign-in-error"), "Somebody here is called ann already.");
        await other.LookAsync("17-name-taken");
        await other.EnterAsync("Anna");

        await other.SeesCountAsync("people in the room", other.People, 2);
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Change name" }).ClickAsync();
        await ann.EnterAsync("Annabel");
        await other.SeesAsync("the new name", other.People.Filter(new() { HasText = "Annabel" }));
        await other.SeesCountAsync("people in the room", other.People, 2);
        other.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Tells_why_a_room_was_not_opened()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SeesCountAsync("people in the room", ann.People, 1);
        await ann.Page.GetByLabel("Join or create a room").FillAsync("Where to?");
        await ann.Page.GetByLabel("Join or create a room").PressAsync("Enter");

        await ann.SeesAsync("the reason", ann.Page.Locator("#room-error"), "A room's name has 1 to 32 letters, digits and hyphens.");
        await ann.SeesAsync("the lobby", ann.Page.GetByRole(AriaRole.Heading, new() { Level = 1 }), "lobby");
        await ann.LookAsync("18-no-room", withSide: true);
        ann.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Catches_up_with_what_was_said_while_one_was_away()
    {
        var network = new Network();
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server, network);
        await using var ben = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ben.EnterAsync("Ben");
        await ann.OpenRoomAsync("travels");
        await ben.OpenRoomAsync("travels");
        await ben.SayAsync("Can you hear me?");
        await ann.SeesAsync("Ben's message", ann.Message("Can you hear me?"));
        await ann.SeesAsync("the upgrade", ann.Connection, "WebSocket");

        await network.CutAsync();
        await ann.SeesAsync("the loss", ann.Banner, "Connection lost at");
        await ben.SeesCountAsync("people after Ann was lost", ben.People, 1);
        await ben.SayAsync("I am in the tunnel now");
        await ben.Room("lobby").GetByRole(AriaRole.Button).First.ClickAsync();
        await ben.SayAsync("Where is Ann?");
        await ben.SeesAsync("that the server has it", ben.TicksOf("Where is Ann?"), "✓");

        network.Mend();
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Try now" }).ClickAsync();

        await ann.SeesAsync("the return", ann.Banner, "2 missed messages are here");
        await ann.SeesAsync("the missed message", ann.Message("I am in the tunnel now"));
        await ann.SeesAsync("the other as unread", ann.Room("lobby").Locator(".badge"), "1");
        (await ann.Page.Locator("#timeline > li").EvaluateAllAsync<string[]>("nodes => nodes.map(node => node.className.split(' ')[0])"))
            .ShouldBe(["message", "notice", "message"]);
        (await ann.Notices.TextContentAsync()).ShouldNotBeNull().ShouldNotContain("restarted");
        ann.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Tells_why_a_message_was_refused_and_offers_to_try_again()
    {
        var tooLong = new string('x', 2001);
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SeesCountAsync("people in the room", ann.People, 1);

        // The page lets nobody type so much; the server does not rely on that.
        await ann.Composer.EvaluateAsync("text => text.removeAttribute('maxlength')");
        await ann.SayAsync(tooLong);

        await ann.SeesAsync("the reason", ann.Page.Locator(".trouble"), "A message has at most 2000 characters. Try again");
        await ann.LookAsync("11-refused");
        await ann.SayAsync("Shorter");
        await ann.SeesAsync("that the server has the next one", ann.TicksOf("Shorter"), "✓");
        ann.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Text_from_people_is_only_ever_text()
    {
        const string Script = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await ann.EnterAsync("<b>Ann</b>");
        await ben.EnterAsync("Ben");
        await ben.SeesAsync("the name as it was typed", ben.People.Filter(new() { HasText = "<b>Ann</b>" }));

        await ann.SayAsync(Script);

        await ben.SeesAsync("the markup as text", ben.Message(Script));
        (await ben.Page.Locator("#timeline script, #timeline .bubble img, #people b").CountAsync()).ShouldBe(0);
        (await ben.Page.TitleAsync()).ShouldNotContain("owned");
        ben.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Says_what_to_do_when_the_build_had_no_client()
    {
        await using var server = await chromium.StartChatAsync();
        await using var tab = await chromium.OpenAsync(server, new Network { HasClient = false });

        await tab.SeesAsync("the heading", tab.Page.GetByRole(AriaRole.Heading, new() { Name = "The Socket.IO client is missing" }));
        await tab.SeesAsync("the server's explanation", tab.Page.Locator("#missing-reason"), Network.NoClient);
        await tab.SeesNoMoreAsync("form for a name", tab.Page.Locator("#sign-in-form"));
        await tab.LookAsync("6-missing-client");
    }

    private static async Task SendImageAsync(ChatTab tab, string text)
    {
        await tab.AttachAsync("view.png", await tab.DrawAsync());
        await tab.SeesAsync("the image about to be sent", tab.Preview);
        await tab.SayAsync(text);
    }
}
