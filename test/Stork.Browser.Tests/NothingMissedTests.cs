namespace Stork.Browser.Tests;

/// <summary>Everything that is written in the chat arrives, in order and once, whoever is away and whatever is killed.</summary>
public sealed class NothingMissedTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task What_is_written_while_a_tab_is_offline_waits_at_both_ends()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await MeetAsync(ann, ben);
        await ann.SayAsync("Next stop: the tunnel");
        await ben.SeesAsync("Ann's message", ben.Message("Next stop: the tunnel"));

        await ann.GoOfflineAsync();
        await ben.SeesAsync("Ann among those who are away", ben.Away.Filter(new() { HasText = "Ann" }));
        await ann.SayAsync("Dark in here");
        await ann.SayAsync("I can see a light");
        await ann.SeesCountAsync("messages that wait", ann.Waiting, 2);
        await ann.SeesAsync("how many wait", ann.Banner, "2 messages wait to be sent");
        await ben.SayAsync("The stork has left Basra");
        await ben.SayAsync("It takes the eastern route");
        await ben.SeesAsync("that the server has it", ben.TicksOf("It takes the eastern route"), "✓");
        (await ann.Connection.TextContentAsync()).ShouldNotBeNull().ShouldContain("Offline");
        await ann.LookAsync("7-offline");
        await ben.LookAsync("8-somebody-away", withSide: true);

        await ann.GoOnlineAsync();
        await ann.SeesAsync("what became of it all", ann.Banner, "2 messages that waited were sent, 2 missed messages are here.");
        await ann.SeesAsync("the line about it", ann.Notices, "You went offline at");
        await ben.SeesCountAsync("people in the room", ben.People, 2);
        await SeeTheSameAsync(ann, ben,
            "Next stop: the tunnel", "The stork has left Basra", "It takes the eastern route", "Dark in here", "I can see a light");
        await ann.SeesAsync("that Ben has what she said just before", ann.TicksOf("Next stop: the tunnel"), "✓✓");
        await ben.SeesAsync("that Ann has it now", ben.TicksOf("It takes the eastern route"), "✓✓");
        await ann.LookAsync("9-online-again");
        CheckErrors(ann, ben);
    }

    [Fact]
    public async Task Everything_arrives_once_and_in_order_however_often_the_server_is_killed()
    {
        const int Rounds = 3;
        const int PerRound = 6;
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await MeetAsync(ann, ben);
        var total = 0;

        for (var round = 1; round <= Rounds; round++)
        {
            await ann.GoOfflineAsync();
            // The kill comes while both write: into whatever the server is doing with the first half of Ben's messages.
            var writing = Task.WhenAll(WriteAsync(ann, "Ann", round), WriteAsync(ben, "Ben", round));
            await ben.SeesAsync("a message of this round", ben.Message($"Ben {round}.2"));
            await server.KillAsync();
            await writing;
            await ben.SeesAsync("the loss", ben.Banner, "Connection lost at");
            await ben.SayAsync($"Ben {round}.last");
            await ann.SayAsync($"Ann {round}.last");
            await ann.SeesCountAsync("messages that wait", ann.Waiting, PerRound + 1);

            // The last time Ann is online first, and finds nobody: both wait for the server.
            if (round == Rounds) await ann.GoOnlineAsync();
            await server.RunAsync();
            if (round != Rounds) await ann.GoOnlineAsync();
            total += 2 * (PerRound + 1);
            foreach (var tab in new[] { ann, ben })
            {
                await tab.SeesCountAsync($"messages after round {round}", tab.Messages, total);
                await tab.SeesCountAsync("messages that wait", tab.Waiting, 0);
                await tab.SeesAsync("that it has caught up", tab.Banner, "sent");
            }
        }

        var seen = await ann.ReadAsync();
        (await ben.ReadAsync()).ShouldBe(seen);
        foreach (var name in new[] { "Ann", "Ben" })
        {
            var written = Enumerable.Range(1, Rounds).SelectMany(round => Written(name, round));
            seen.Where(text => text.StartsWith(name, StringComparison.Ordinal)).ShouldBe(written);
        }

        await ann.LookAsync("10-after-three-kills");

        // Nothing of it was on the page alone: this is what the server remembers.
        await ann.Page.ReloadAsync();
        await ann.SeesCountAsync("messages after a reload", ann.Messages, total);
        (await ann.ReadAsync()).ShouldBe(seen);
        CheckErrors(ann, ben);

        static IEnumerable<string> Written(string name, int round) =>
            [.. Enumerable.Range(1, PerRound).Select(number => $"{name} {round}.{number}"), $"{name} {round}.last"];

        static async Task WriteAsync(ChatTab tab, string name, int round)
        {
            for (var number = 1; number <= PerRound; number++) await tab.SayAsync($"{name} {round}.{number}");
        }
    }

    [Fact]
    public async Task Each_tab_of_a_person_gets_everything_also_what_the_other_tab_said()
    {
        await using var server = await chromium.StartChatAsync();
        await using var laptop = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await MeetAsync(laptop, ben);
        await using var phone = await laptop.OpenAnotherAsync();
        await phone.EnterAsync("Ann");
        await phone.SeesCountAsync("people: Ann, who is here twice, and Ben", phone.People, 2);

        await laptop.GoOfflineAsync();
        await phone.SayAsync("From the phone");
        await ben.SeesAsync("it", ben.Message("From the phone"));
        await ben.SayAsync("To both");
        await phone.SeesAsync("it", phone.Message("To both"));
        await ben.SeesAsync("that Ann has it, if not everywhere", ben.TicksOf("To both"), "✓✓");
        await server.KillAsync();
        await laptop.SayAsync("From the laptop");
        await server.RunAsync();
        await ben.SeesAsync("the return", ben.Banner, "Back again after");
        await laptop.GoOnlineAsync();

        await laptop.SeesAsync("the return", laptop.Banner, "1 message that waited was sent, 1 missed message is here.");
        await SeeTheSameAsync(laptop, phone, "From the phone", "To both", "From the laptop");
        await SeeTheSameAsync(laptop, ben, "From the phone", "To both", "From the laptop");
        foreach (var (tab, others) in new[] { (laptop, 1), (phone, 1), (ben, 2) })
            await tab.SeesCountAsync("messages of others", tab.Page.Locator("#timeline .message:not(.mine)"), others);
        CheckErrors(laptop, phone, ben);
    }

    [Fact]
    public async Task A_tab_that_was_duplicated_gets_everything_too()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await MeetAsync(ann, ben);

        await using var copy = await ann.DuplicateAsync();
        await copy.SeesCountAsync("people: Ann, who is here twice, and Ben", copy.People, 2);
        foreach (var text in new[] { "One", "Two", "Three" }) await ben.SayAsync(text);

        await SeeTheSameAsync(ann, copy, "One", "Two", "Three");
        await ann.SeesAsync("that it is connected", ann.Connection, "Connected");
        CheckErrors(ann, ben, copy);
    }

    [Fact]
    public async Task More_waits_than_a_room_remembers()
    {
        const int Missed = 120;
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await ann.EnterAsync("Ann");
        await ann.SayAsync("I shall be offline for a while");
        await ann.SeesAsync("that the server has it", ann.TicksOf("I shall be offline for a while"), "✓");
        await ann.GoOfflineAsync();
        using (var writer = new PollingClient(server.Address))
        {
            await writer.IntroduceAsync("Ben", "lobby");
            await writer.TellAsync(Enumerable.Range(1, Missed - 1).Select(static number => Say($"{number}")));
            await writer.AskAsync(Say($"{Missed}"));
        }

        await server.KillAsync();
        await server.RunAsync();
        await ann.GoOnlineAsync();

        await ann.SeesAsync("how many were missed", ann.Banner, $"{Missed} missed messages are here");
        var missed = Enumerable.Range(1, Missed).Select(static number => $"Message {number}");
        (await ann.ReadAsync()).ShouldBe(["I shall be offline for a while", .. missed]);
        CheckErrors(ann);

        static string Say(string id) => $$""" "say",{"room":"lobby","id":"{{id}}","text":"Message {{id}}"} """.Trim();
    }

    [Fact]
    public async Task What_waits_in_the_page_survives_a_reload()
    {
        await using var server = await chromium.StartChatAsync();
        await using var ann = await chromium.OpenAsync(server);
        await using var ben = await chromium.OpenAsync(server);
        await MeetAsync(ann, ben);
        await ann.GoOfflineAsync();
        await ann.SayAsync("Written in the tunnel");
        await ann.SayAsync("And also this");
        await ann.SeesCountAsync("messages that wait", ann.Waiting, 2);

        await ann.Page.ReloadAsync();

        await SeeTheSameAsync(ann, ben, "Written in the tunnel", "And also this");
        CheckErrors(ann, ben);
    }

    private static async Task MeetAsync(ChatTab ann, ChatTab ben)
    {
        await ann.EnterAsync("Ann");
        await ben.EnterAsync("Ben");
        await ann.SeesCountAsync("people in the room", ann.People, 2);
        await ben.SeesCountAsync("people in the room", ben.People, 2);
    }

    /// <summary>Both have these texts and no others, in this order, and nothing waits.</summary>
    private static async Task SeeTheSameAsync(ChatTab one, ChatTab other, params string[] texts)
    {
        foreach (var tab in new[] { one, other })
        {
            await tab.SeesCountAsync("messages", tab.Messages, texts.Length);
            await tab.SeesCountAsync("messages that wait", tab.Waiting, 0);
            (await tab.ReadAsync()).ShouldBe(texts);
        }
    }

    private static void CheckErrors(params ChatTab[] tabs)
    {
        foreach (var tab in tabs) tab.Errors.ShouldBeEmpty();
    }
}
