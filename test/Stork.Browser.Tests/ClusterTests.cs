namespace Stork.Browser.Tests;

/// <summary>The sample of several servers behind nginx: Stork's and an official one.</summary>
public sealed class ClusterTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task Tabs_on_different_servers_chat_and_go_to_another_server_when_theirs_is_killed()
    {
        chromium.Require();
        await using var cluster = await RunningCluster.StartAsync();
        await using var ann = await OpenAsync(cluster, "stork-1");
        await using var ben = await OpenAsync(cluster, "node");
        await ann.EnterAsync("Ann");
        await ben.EnterAsync("Ben");
        await ann.SeesAsync("her server", Server(ann), "Stork 1");
        await ben.SeesAsync("his server", Server(ben), "Node.js");
        await ann.SeesCountAsync("people", ann.People, 2);
        await ben.SeesCountAsync("people", ben.People, 2);

        await ann.SayAsync("From Stork to Node.js");
        await ben.SeesAsync("Ann's message", ben.Message("From Stork to Node.js"));
        await ben.AttachAsync("evening.png", await ben.DrawAsync());
        await ben.SeesAsync("the picture to be sent", ben.Preview);
        await ben.SayAsync("And back, with a picture");
        await ann.SeesAsync("Ben's message", ann.Message("And back, with a picture"));
        await ann.SeesAsync("Ben's picture", ann.Message("And back, with a picture").Locator("img"));
        await ann.LookAsync("cluster");

        await cluster.KillAsync("stork-1");
        await ben.SayAsync("While your server is dead");
        await ann.SeesAsync("that she is back", ann.Banner, "Back again after");
        await ann.SeesAsync("what she has missed", ann.Message("While your server is dead"));
        (await Server(ann).TextContentAsync()).ShouldNotBe(" · Stork 1");
        await ann.SayAsync("From another server");
        await ben.SeesAsync("Ann again", ben.Message("From another server"));

        await cluster.KillAsync("node");
        await ben.SeesAsync("that he is back", ben.Banner, "Back again after");
        await ben.SeesAsync("his new server", Server(ben), "Stork");
        await ben.SayAsync("From Stork now");
        await ann.SeesAsync("Ben again", ann.Message("From Stork now"));
        (await ann.ReadAsync()).ShouldBe(await ben.ReadAsync());
        ann.Errors.ShouldBeEmpty();
        ben.Errors.ShouldBeEmpty();
    }

    private static Microsoft.Playwright.ILocator Server(ChatTab tab) => tab.Page.Locator("#server");

    private async Task<ChatTab> OpenAsync(RunningCluster cluster, string server)
    {
        var context = await chromium.OpenBrowserAsync();
        await context.AddCookiesAsync(
            [new() { Name = "route", Value = await cluster.FindRouteAsync(server), Url = cluster.Address.ToString() }]);
        var tab = new ChatTab(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(cluster.Address.ToString());
        return tab;
    }
}
