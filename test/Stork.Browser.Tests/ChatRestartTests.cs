using System.Text.Json;

namespace Stork.Browser.Tests;

/// <summary>What the sample's server remembers when it was killed.</summary>
public sealed class ChatRestartTests
{
    [Fact]
    public async Task Says_once_what_is_sent_again_after_the_end_of_the_server()
    {
        await using var server = await SampleServer.StartAsync();
        using var ann = new PollingClient(server.Address);
        using var ben = new PollingClient(server.Address);
        await ann.IntroduceAsync("Ann", "lobby");
        await ben.IntroduceAsync("Ben", "lobby");
        var first = await ann.AskAsync(Say("same"));
        (await ben.ReceiveAsync("message")).GetProperty("id").GetString().ShouldBe("same");

        await server.KillAsync();
        await server.RunAsync();
        await ann.IntroduceAsync("Ann", "lobby");
        await ben.IntroduceAsync("Ben", "lobby");
        var again = await ann.AskAsync(Say("same"));
        await ann.AskAsync(Say("other"));

        again.GetProperty("number").GetInt64().ShouldBe(first.GetProperty("number").GetInt64());
        again.GetProperty("at").GetDateTimeOffset().ShouldBe(first.GetProperty("at").GetDateTimeOffset());
        var history = (await ben.AskAsync("\"join\",\"lobby\",0")).EnumerateArray();
        history.Select(static message => message.GetProperty("id").GetString()).ShouldBe(["same", "other"]);
        history.ShouldAllBe(static message => message.GetProperty("image").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task Keeps_a_name_for_whoever_had_it_and_knows_the_person_again()
    {
        await using var server = await SampleServer.StartAsync();
        using var ann = new PollingClient(server.Address);
        using var stranger = new PollingClient(server.Address);
        await ann.IntroduceAsync("Ann", "lobby");
        var id = (await ann.ReceiveAsync("welcome")).GetProperty("you").GetProperty("id").GetString();

        await server.KillAsync();
        await server.RunAsync();

        (await stranger.IntroduceAsync("Ann", "lobby")).ShouldContain("name_taken");
        await ann.IntroduceAsync("Ann", "lobby");
        (await ann.ReceiveAsync("welcome")).GetProperty("you").GetProperty("id").GetString().ShouldBe(id);
    }

    [Fact]
    public async Task Whoever_left_a_room_is_not_there_after_a_restart_and_whoever_was_lost_is_away()
    {
        await using var server = await SampleServer.StartAsync();
        using var ann = new PollingClient(server.Address);
        using var ben = new PollingClient(server.Address);
        using var cleo = new PollingClient(server.Address);
        await ann.IntroduceAsync("Ann", "lobby", "pond");
        await ben.IntroduceAsync("Ben", "lobby", "pond");
        await ann.AskAsync("\"leave\",\"pond\"");

        await server.KillAsync();
        await server.RunAsync();
        await cleo.IntroduceAsync("Cleo");
        await cleo.AskAsync("\"join\",\"pond\",0");

        var people = await cleo.ReceiveAsync("people");
        people.GetProperty("people").EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("Cleo");
        people.GetProperty("away").EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("Ben");
    }

    [Fact]
    public async Task Another_browser_gets_nothing_of_what_waits_whatever_it_calls_itself()
    {
        var tab = Guid.NewGuid().ToString("N");
        await using var server = await SampleServer.StartAsync();
        using var ann = new PollingClient(server.Address);
        using var ben = new PollingClient(server.Address);
        using var stranger = new PollingClient(server.Address);
        await ben.IntroduceAsync("Ben", "pond");
        await ann.ConnectAsync($$"""{"name":"Ann","tab":"{{tab}}","rooms":["pond"]}""");
        await ann.ReceiveAsync("welcome");
        // Ann does not call back: it waits for her, and comes again to whoever has her inbox.
        await ben.AskAsync("\"say\",{\"room\":\"pond\",\"id\":\"1\",\"text\":\"For Ann\"}");
        await ann.ReceiveAsync("message");

        (await stranger.ConnectAsync($$"""{"name":"Ann","tab":"{{tab}}","rooms":["pond"]}""")).ShouldContain("name_taken");
        await stranger.ConnectAsync($$"""{"name":"Anna","tab":"{{tab}}","rooms":["pond"]}""");
        (await stranger.ReceiveAsync("synced")).GetProperty("pending").GetInt32().ShouldBe(0);
        stranger.Has("message").ShouldBeFalse();

        await ann.ConnectAsync($$"""{"name":"Ann","tab":"{{tab}}","rooms":["pond"]}""");
        (await ann.ReceiveAsync("message")).GetProperty("text").GetString().ShouldBe("For Ann");
    }

    [Fact]
    public async Task What_a_room_remembers_is_in_the_inboxes_wherever_the_server_was_killed()
    {
        await using var server = await SampleServer.StartAsync();
        for (var round = 1; round <= 6; round++)
        {
            var room = $"room-{round}";
            using var ann = new PollingClient(server.Address);
            using (var ben = new PollingClient(server.Address))
            {
                await ann.IntroduceAsync($"Ann {round}", room);
                await ann.ReceiveAsync("synced");
                await ben.IntroduceAsync($"Ben {round}", room);
                // The author does not come back to send again what the server was busy with.
                await ben.TellAsync(Enumerable.Range(1, 20).Select(number => Say($"{number}", room)));
                await ann.ReceiveAsync("message");
                await server.KillAsync();
            }

            await server.RunAsync();
            await ann.IntroduceAsync($"Ann {round}", room);
            var remembered = (await ann.AskAsync($"\"join\",\"{room}\",0")).EnumerateArray().Select(IdOf).ToList();
            var received = new List<string?>();
            while (received.Count < remembered.Count) received.Add(IdOf(await ann.ReceiveAsync("message")));
            received.ShouldBe(remembered);
        }

        static string? IdOf(JsonElement message) => message.GetProperty("id").GetString();
    }

    private static string Say(string id, string room = "lobby") => $$""" "say",{"room":"{{room}}","id":"{{id}}","text":"hello"} """.Trim();
}
