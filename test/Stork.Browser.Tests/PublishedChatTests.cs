using System.Net;

namespace Stork.Browser.Tests;

public sealed class PublishedChatTests(PublishedChat chat) : IClassFixture<PublishedChat>
{
    [Fact]
    public void Is_published_without_a_warning_as_one_file()
    {
        chat.SkipUnlessPublished();

        chat.Output.ShouldNotContain("warning");
        chat.Files.Where(static file => !file.EndsWith(".pdb", StringComparison.Ordinal)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Serves_the_page()
    {
        await using var server = await chat.StartAsync();
        using var http = new HttpClient { BaseAddress = server.Address };

        using var page = await http.GetAsync(new Uri("/", UriKind.Relative));

        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        (await page.Content.ReadAsStringAsync()).ShouldContain("<title>Stork chat</title>");
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("script-src 'self'");
        foreach (var file in new[] { "chat.js", "chat.css", "icon.svg" })
            (await http.GetStringAsync(new Uri(file, UriKind.Relative))).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Serves_the_official_client()
    {
        await using var server = await chat.StartAsync();
        using var http = new HttpClient { BaseAddress = server.Address };

        using var client = await http.GetAsync(new Uri("socket.io/socket.io.js", UriKind.Relative));

        if (client.StatusCode == HttpStatusCode.NotFound) Assert.Skip("Needs the official client: Stork was built without Node.js.");
        client.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.Content.ReadAsStringAsync()).ShouldContain("Socket.IO v4.");
    }

    [Fact]
    public async Task Serves_clients_with_events_acknowledgements_and_binary()
    {
        byte[] image = [.. "GIF89a"u8, .. Enumerable.Range(0, 256).Select(static value => (byte)value)];
        await using var server = await chat.StartAsync();
        using var ann = new PollingClient(server.Address);
        using var ben = new PollingClient(server.Address);

        (await ann.IntroduceAsync("Ann", "lobby")).ShouldStartWith("0");
        (await ann.ReceiveAsync("welcome")).GetProperty("you").GetProperty("name").GetString().ShouldBe("Ann");
        await ben.IntroduceAsync("Ben", "lobby");
        var receipt = await ann.AskAsync("""
            "say",{"room":"lobby","id":"1","text":"from a trimmed server","image":{"_placeholder":true,"num":0}}
            """, image);

        receipt.GetProperty("number").GetInt64().ShouldBe(1);
        var message = await ben.ReceiveAsync("message");
        message.GetProperty("text").GetString().ShouldBe("from a trimmed server");
        message.GetProperty("imageType").GetString().ShouldBe("image/gif");
        (await ben.ReceiveAttachmentAsync()).ShouldBe(image);
    }

    [Fact]
    public async Task Knows_everybody_and_everything_again_when_it_was_killed()
    {
        await using var server = await chat.StartAsync();
        using var ann = new PollingClient(server.Address);
        await ann.IntroduceAsync("Ann", "lobby");
        var id = (await ann.ReceiveAsync("welcome")).GetProperty("you").GetProperty("id").GetString();
        await ann.AskAsync("\"say\",{\"room\":\"lobby\",\"id\":\"1\",\"text\":\"to be remembered\"}");

        await server.KillAsync();
        await server.RunAsync();

        await ann.IntroduceAsync("Ann", "lobby");
        (await ann.ReceiveAsync("welcome")).GetProperty("you").GetProperty("id").GetString().ShouldBe(id);
        var history = (await ann.AskAsync("\"join\",\"lobby\",0")).EnumerateArray();
        history.ShouldHaveSingleItem().GetProperty("text").GetString().ShouldBe("to be remembered");
    }
}
