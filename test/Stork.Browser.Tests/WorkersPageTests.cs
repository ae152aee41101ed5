using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Playwright;

namespace Stork.Browser.Tests;

public sealed class WorkersPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const string Server = "C# in the server";
    private const string Node = "Node A";

    private readonly string _data = Directory.CreateTempSubdirectory("stork-workers-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Workers_in_csharp_node_and_a_tab_share_the_documents_and_lose_none_when_one_is_killed()
    {
        await NodeWorker.RequireAsync();
        await using var server = await chromium.StartWorkersAsync(_data);
        await using var browser = await chromium.OpenBrowserAsync();
        var page = await WorkersTab.OpenAsync(browser, Entrance(server));
        await using var node = await NodeWorker.StartAsync(server.Address, Keys()[1], Node);
        var tab = await WorkersTab.OpenAsync(browser, new Uri(server.Address, "/?work"));
        await page.SeesAsync("the worker for Node.js", page.Worker(Node));
        await page.SeesAsync("the tab that works", page.Workers.Nth(2), "Tab");

        await page.HandInAsync("Storks walk, storks fly.", "1 second", copies: 10);
        await page.SeesAsync("that Node.js has a document", page.Worker(Node), "has Storks");
        await page.LookAsync("1-at-work");
        await page.SeesCountAsync("done", 10);
        (await page.Cards("done").CountAsync()).ShouldBe(10);
        foreach (var worker in new[] { Server, Node, "Tab" })
            (await page.Cards("done").Filter(new() { HasText = worker }).CountAsync()).ShouldBeGreaterThan(0, worker);
        var alike = page.Cards("done").Filter(new() { HasText = "4 words in 1 line, mostly “storks”" });
        (await alike.CountAsync()).ShouldBe(10, "all do the same work");

        foreach (var name in new[] { "Long 1", "Long 2", "Long 3" }) await page.HandInAsync(name, "10 seconds");
        await page.SeesAsync("that Node.js has a document", page.Worker(Node), "has Long");
        await page.SeesAsync("that the tab has a document", page.Workers.Nth(2), "has Long");
        await node.DisposeAsync();
        await page.SeesNoMoreAsync("worker for Node.js", page.Worker(Node));
        await page.SeesCountAsync("done", 13);
        var names = await page.Cards("done").EvaluateAllAsync<string[]>("cards => cards.map(card => card.dataset.job)");
        names.Where(name => name.StartsWith("Long", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .ShouldBe(["Long 1", "Long 2", "Long 3"]);
        var longOfNode = page.Cards("done").Filter(new() { HasText = "Long" }).Filter(new() { HasText = Node });
        (await longOfNode.CountAsync()).ShouldBe(0, "it died over it");
        await page.SeesCountAsync("dead", 0);
        page.Errors.ShouldBeEmpty();
        tab.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Poison_ends_among_the_dead_letters_and_is_done_once_the_bug_is_fixed_and_it_is_redriven()
    {
        await using var server = await chromium.StartWorkersAsync(_data);
        await using var browser = await chromium.OpenBrowserAsync();
        var page = await WorkersTab.OpenAsync(browser, Entrance(server));
        await page.Page.GetByLabel("Work in this tab").CheckAsync();
        await page.SeesAsync("the tab that works", page.Workers.Nth(1), "Tab");

        await page.HandInAsync("Bad soup", isPoison: true);
        await page.HandInAsync("Good soup");
        await page.SeesAsync("the good one", page.Card("done", "Good soup"));
        await page.SeesCountAsync("dead", 1);
        var dead = page.Card("dead", "Bad soup");
        await dead.GetByText("3 attempts").ClickAsync();
        await page.SeesAsync("why it failed", dead.Locator("ol li").Last, "failed");
        (await dead.Locator("ol li").CountAsync()).ShouldBe(3);
        foreach (var attempt in await dead.Locator("ol li").AllTextContentsAsync()) attempt.ShouldContain("This document is poison.");
        await page.LookAsync("2-dead-letter");

        await page.Page.GetByLabel("The bug is fixed").CheckAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Redrive" }).ClickAsync();
        await page.SeesAsync("what happened", page.Page.Locator("#told"), "1 document went back to the queue.");
        await page.SeesAsync("the poison, done", page.Card("done", "Bad soup"));
        await page.SeesCountAsync("dead", 0);
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Files_of_any_kind_are_examined_and_their_results_outlive_the_server()
    {
        var image = RandomNumberGenerator.GetBytes(200_000);
        var text = Encoding.UTF8.GetBytes("one\ntwo two");
        await using var server = await chromium.StartWorkersAsync(_data);
        await using var browser = await chromium.OpenBrowserAsync();
        var page = await WorkersTab.OpenAsync(browser, Entrance(server));
        await page.Page.Locator("#documents").SetInputFilesAsync(
        [
            new FilePayload { Name = "view.png", MimeType = "image/png", Buffer = image },
            new FilePayload { Name = "<b>notes</b>.txt", MimeType = "text/plain", Buffer = text },
        ]);
        await page.SeesAsync("the image's size", page.Card("done", "view.png"), "200000 bytes");
        await page.SeesAsync("the image's digest", page.Card("done", "view.png"), Convert.ToHexStringLower(SHA256.HashData(image))[..12]);
        await page.SeesAsync("the text's words", page.Card("done", "<b>notes</b>.txt"), "3 words in 2 lines, mostly “two”");

        await server.KillAsync();
        await server.RunAsync();
        await page.Page.ReloadAsync();
        await page.SeesAsync("the image's result again", page.Card("done", "view.png"), "200000 bytes");
        await page.SeesCountAsync("done", 2);
    }

    [Fact]
    public async Task A_result_with_binary_data_is_shown_like_any_other_also_after_a_restart()
    {
        const string HandIn = """
            () => window.io({ forceNew: true }).timeout(10000).emitWithAck(
              "result", { job: crypto.randomUUID(), name: "Odd", by: "Somebody", bytes: 3, sha256: "00" }, new Uint8Array([1, 2, 3]))
            """;
        await using var server = await chromium.StartWorkersAsync(_data);
        await using var browser = await chromium.OpenBrowserAsync();
        var page = await WorkersTab.OpenAsync(browser, Entrance(server));
        await page.Page.EvaluateAsync(HandIn);
        await page.SeesAsync("the result", page.Card("done", "Odd"), "3 bytes");

        await server.KillAsync();
        await server.RunAsync();
        await page.Page.ReloadAsync();
        await page.HandInAsync("Even");
        await page.SeesAsync("what is done after it", page.Card("done", "Even"));
        await page.SeesAsync("the result again", page.Card("done", "Odd"), "3 bytes");
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_key_and_a_worker_may_only_work()
    {
        await NodeWorker.RequireAsync();
        await using var server = await chromium.StartWorkersAsync(_data);
        await using var browser = await chromium.OpenBrowserAsync();
        var page = await WorkersTab.OpenAsync(browser, server.Address);
        await page.SeesAsync("the refusal", page.Page.GetByText("it has the key"));
        await page.LookAsync("0-sign-in");
        await using var stranger = await NodeWorker.StartAsync(server.Address, "wrong", "Stranger", until: "A key is needed.");

        using var http = new HttpClient { BaseAddress = server.Address };
        (await http.GetAsync(new Uri("stork/queues", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Keys()[1]);
        foreach (var path in new[] { "stork/queues", "me" })
            (await http.GetAsync(new Uri(path, UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Keys()[0]);
        (await http.GetAsync(new Uri("stork/queues", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_handed_in_while_the_server_is_away_waits_in_the_page_and_the_board_says_how_old_it_is()
    {
        await using var server = await chromium.StartWorkersAsync(_data);
        await using var browser = await chromium.OpenBrowserAsync();
        var page = await WorkersTab.OpenAsync(browser, Entrance(server));
        await page.HandInAsync("Before");
        await page.SeesAsync("what was done before", page.Card("done", "Before"));
        var ink = await ColourAsync();

        await server.KillAsync();
        await page.SeesAsync("the loss", page.Page.Locator("#connection"), "C");
        await page.SeesAsync("how old the board is", page.Page.Locator("#stale"), "The connection was lost at");
        (await ColourAsync()).ShouldNotBe(ink, "what is shown is not of now");
        await page.HandInAsync("Meanwhile");
        await page.SeesAsync("that it waits", page.Page.Locator("#unsent"), "1 document waits in this page");
        await page.HandInAsync("Copies", copies: 10);
        await page.SeesAsync("that all wait", page.Page.Locator("#unsent"), "11 documents wait in this page");
        await page.Page.GetByLabel("The bug is fixed").ClickAsync();
        await page.SeesAsync("that nothing came of it", page.Page.Locator("#told"), "the server cannot be reached");
        (await page.Page.GetByLabel("The bug is fixed").IsCheckedAsync()).ShouldBeFalse();
        await page.LookAsync("3-lost");

        await server.RunAsync();
        await page.SeesAsync("what waited", page.Card("done", "Meanwhile"));
        await page.SeesCountAsync("done", 12);
        await Assertions.Expect(page.Page.Locator("#stale, #unsent").Filter(new() { Visible = true })).ToHaveCountAsync(0);
        (await ColourAsync()).ShouldBe(ink);

        Task<string> ColourAsync() =>
            page.Card("done", "Before").Locator(".name").EvaluateAsync<string>("name => getComputedStyle(name).color");
    }

    [Fact]
    public async Task Says_what_to_do_when_the_build_had_no_client()
    {
        await using var server = await chromium.StartWorkersAsync(_data);
        await using var browser = await chromium.OpenBrowserAsync();
        await browser.RouteAsync("**/socket.io/socket.io.js", route => route.FulfillAsync(new() { Status = 404 }));
        var page = await WorkersTab.OpenAsync(browser, Entrance(server));
        await page.SeesAsync("the heading", page.Page.GetByRole(AriaRole.Heading, new() { Name = "The Socket.IO client is missing" }));
        await page.LookAsync("4-missing-client");
    }

    private string[] Keys() => File.ReadAllLines(Path.Combine(_data, "keys.txt"));

    /// <summary>The address that the server prints when it starts.</summary>
    private Uri Entrance(SampleServer server) => new(server.Address, $"/enter?key={Keys()[0]}");
}
