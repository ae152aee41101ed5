using System.Text.Json;

namespace Stork.Browser.Tests;

/// <summary>What the sample's server makes of clients that are not its own page.</summary>
public sealed class ChatServerTests(RunningChat chat) : IClassFixture<RunningChat>
{
    private static readonly string LargeImage = Convert.ToBase64String(new byte[400 * 1024 + 1]);

    public static TheoryData<string, string> BadEvents { get; } = new()
    {
        { """ "say",{"room":"elsewhere","id":"1","text":"hello"} """, "not_in_room" },
        { """ "say",{"room":"lobby","id":"","text":"hello"} """, "id" },
        { """ "say",{"room":"lobby","id":"1","text":"  "} """, "empty" },
        { """ "say",{"room":"lobby","id":"1"} """, "invalid_arguments" },
        { """ "say",{"room":"lobby","id":"1","text":null} """, "invalid_arguments" },
        { """ "say","hello" """, "invalid_arguments" },
        { """ "say" """, "not_in_room" },
        { $$""" "say",{"room":"lobby","id":"1","text":"{{new string('x', 2001)}}"} """, "text_too_long" },
        { """ "say",{"room":"lobby","id":"1","text":"","image":"PHN2Zz48L3N2Zz4="} """, "image_type" },
        { $$""" "say",{"room":"lobby","id":"1","text":"","image":"{{LargeImage}}"} """, "image_too_large" },
        { """ "join","../etc",0 """, "room_name" },
        { $$""" "join","{{new string('r', 33)}}",0 """, "room_name" },
        { """ "join","Upper",0 """, "room_name" },
        { """ "join" """, "invalid_arguments" },
    };

    public static TheoryData<string, string> BadIntroductions { get; } = new()
    {
        { "", "introduction" },
        { """{"name":"Ann"}""", "introduction" },
        { """{"name":"Ann","tab":"short","rooms":[]}""", "introduction" },
        { """{"name":"Ann","tab":"0123456789abcdef","rooms":"lobby"}""", "introduction" },
        { """{"name":"   ","tab":"0123456789abcdef","rooms":[]}""", "name" },
        { """{"name":"An\u202En","tab":"0123456789abcdef","rooms":[]}""", "name" },
        { """{"name":"A name of more than twenty-four characters","tab":"0123456789abcdef","rooms":[]}""", "name" },
    };

    [Theory]
    [MemberData(nameof(BadEvents))]
    public async Task Answers_bad_events_with_an_error_and_goes_on(string @event, string code)
    {
        using var client = new PollingClient(chat.Address);
        await client.IntroduceAsync(NewName(), "lobby");

        var answer = await client.AskAsync(@event.Trim());

        answer.GetProperty("status").GetString().ShouldBe("error");
        answer.GetProperty("code").GetString().ShouldBe(code);
        (await client.AskAsync(Say("lobby", "2"))).GetProperty("number").GetInt64().ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(BadIntroductions))]
    public async Task Lets_nobody_in_who_does_not_introduce_himself(string auth, string code)
    {
        using var client = new PollingClient(chat.Address);

        var refusal = await client.ConnectAsync(auth);

        refusal.ShouldStartWith("4");
        JsonDocument.Parse(refusal[1..]).RootElement.GetProperty("data").GetProperty("code").GetString().ShouldBe(code);
    }

    [Fact]
    public async Task Passes_over_rooms_that_are_none_when_somebody_comes_back()
    {
        using var client = new PollingClient(chat.Address);

        await client.ConnectAsync($$"""{"name":"{{NewName()}}","tab":"{{Guid.NewGuid():N}}","rooms":["../etc",null,"","islands"]}""");
        await client.ReceiveAsync("welcome");

        (await client.AskAsync(Say("islands", "1"))).GetProperty("number").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Everybody_knows_everybody_when_many_come_at_once()
    {
        const int Crowd = 40;
        var clients = Enumerable.Range(0, Crowd).Select(_ => new PollingClient(chat.Address)).ToList();
        try
        {
            var seen = await Task.WhenAll(clients.Select(CountPeopleAsync));

            seen.ShouldAllBe(static people => people == Crowd);
        }
        finally
        {
            clients.ForEach(static client => client.Dispose());
        }

        // As the page does it: the list as it is told, then everybody who joins.
        static async Task<int> CountPeopleAsync(PollingClient client)
        {
            await client.IntroduceAsync(NewName());
            await client.TellAsync(["\"join\",\"crowd\",0"]);
            var people = new HashSet<string>();
            while (people.Count < Crowd)
            {
                var (name, told) = await client.ReceiveAnyAsync("people", "joined");
                if (name == "people") people = [.. told.GetProperty("people").EnumerateArray().Select(IdOf)];
                else people.Add(IdOf(told.GetProperty("person")));
            }

            return people.Count;
        }

        static string IdOf(JsonElement person) => person.GetProperty("id").GetString()!;
    }

    [Fact]
    public async Task Says_once_what_is_sent_twice()
    {
        using var ann = new PollingClient(chat.Address);
        using var ben = new PollingClient(chat.Address);
        await ann.IntroduceAsync(NewName(), "echo");
        await ben.IntroduceAsync(NewName(), "echo");

        var first = await ann.AskAsync(Say("echo", "same"));
        var again = await ann.AskAsync(Say("echo", "same"));
        await ann.AskAsync(Say("echo", "other"));

        again.GetProperty("number").GetInt64().ShouldBe(first.GetProperty("number").GetInt64());
        (await ben.ReceiveAsync("message")).GetProperty("id").GetString().ShouldBe("same");
        (await ben.ReceiveAsync("message")).GetProperty("id").GetString().ShouldBe("other");
        ben.Has("message").ShouldBeFalse();
    }

    [Fact]
    public async Task Keeps_the_latest_hundred_messages_of_a_room()
    {
        using var ann = new PollingClient(chat.Address);
        using var ben = new PollingClient(chat.Address);
        await ann.IntroduceAsync(NewName(), "archive");
        await ben.IntroduceAsync(NewName());

        await ann.TellAsync(Enumerable.Range(1, 104).Select(static number => Say("archive", $"{number}")));
        await ann.AskAsync(Say("archive", "105"));

        var messages = (await ben.AskAsync("\"join\",\"archive\",0")).EnumerateArray().ToList();
        messages.Count.ShouldBe(100);
        messages[0].GetProperty("id").GetString().ShouldBe("6");
        messages[^1].GetProperty("id").GetString().ShouldBe("105");
        var missed = (await ben.AskAsync("\"join\",\"archive\",103")).EnumerateArray();
        missed.Select(static message => message.GetProperty("id").GetString()).ShouldBe(["104", "105"]);
    }

    [Fact]
    public async Task Keeps_the_latest_images_of_a_room_only()
    {
        using var ann = new PollingClient(chat.Address);
        using var ben = new PollingClient(chat.Address);
        await ann.IntroduceAsync(NewName(), "gallery");
        await ben.IntroduceAsync(NewName());

        for (var number = 1; number <= 9; number++)
        {
            var draft = $$"""{"room":"gallery","id":"{{number}}","text":"","image":{"num":0,"_placeholder":true} }""";
            await ann.AskAsync($"\"say\",{draft}", [.. "GIF89a"u8]);
        }

        var messages = (await ben.AskAsync("\"join\",\"gallery\",0")).EnumerateArray().ToList();
        messages[0].GetProperty("image").ValueKind.ShouldBe(JsonValueKind.Null);
        messages[0].GetProperty("imageType").GetString().ShouldBe("image/gif");
        messages.Skip(1).ShouldAllBe(message => message.GetProperty("image").GetProperty("_placeholder").GetBoolean());
        messages.Count.ShouldBe(9);
    }

    private static string NewName() => Guid.NewGuid().ToString("N")[..12];

    private static string Say(string room, string id) => $$""" "say",{"room":"{{room}}","id":"{{id}}","text":"hello"} """.Trim();
}
