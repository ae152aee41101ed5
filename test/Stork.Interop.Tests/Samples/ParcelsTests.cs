using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Network;

namespace Stork.Interop.Tests.Samples;

/// <summary>samples/Parcels as its README has it tried: everybody is away at times, and the office is killed.</summary>
public sealed class ParcelsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_announced_taken_and_delivered_arrives_once_and_in_order_whoever_is_away_or_killed(bool swapped)
    {
        await RequireAsync();
        var (one, other) = (ParcelsConsoleKind.CSharp, ParcelsConsoleKind.Node);
        if (swapped) (one, other) = (other, one);
        await using var office = await StartAsync();
        await using var bakery = await office.OpenAsync(one, "shop", "bakery");
        await using var ben = await office.OpenAsync(one, "driver", "ben");
        await using (var early = await office.OpenAsync(other, "driver", "anna")) await early.CloseAsync();

        // Anna is away, and what she is to know survives the office.
        await AnnounceAsync(bakery, 1, 2);
        await ben.ShouldSayAsync(Pickup(1), Pickup(2));
        await office.KillAsync();
        await bakery.TypeAsync(Order(3));
        office.Start();
        await bakery.ShouldSayAsync("#3 announced: bread 3 for street 3");
        await using var anna = await office.OpenAsync(other, "driver", "anna");
        await anna.ShouldSayAsync(Pickup(1), Pickup(2), Pickup(3));
        await ben.ShouldSayAsync(Pickup(3));

        // Both want the same parcel as soon as the office is there again.
        await office.KillAsync();
        await anna.TypeAsync("take 2");
        await ben.TypeAsync("take 2");
        office.Start();
        var said = await anna.NextAsync("#2 is yours");
        var (winner, loser, name) = said == "#2 is yours" ? (anna, ben, "anna") : (ben, anna, "ben");
        string[] news = [$"#2 taken by {name}", $"refused: {name} has parcel 2"];
        if (winner == anna)
        {
            await ben.ShouldSayInAnyOrderAsync(news);
        }
        else
        {
            await anna.ShouldSayAsync([.. news.Except([said])]);
            await ben.ShouldSayAsync("#2 is yours");
        }

        await bakery.ShouldSayAsync($"#2 taken by {name}");

        // The shop is away when its parcel arrives, and the loser gets another one.
        await bakery.CloseAsync();
        await winner.TypeAsync("deliver 2");
        await winner.ShouldSayAsync("#2 delivered");
        await loser.TypeAsync("deliver 2");
        await loser.ShouldSayAsync("refused: parcel 2 is not yours");
        await office.KillAsync();
        await loser.TypeAsync("take 1");
        office.Start();
        await loser.ShouldSayAsync("#1 is yours");
        await using var bakeryAgain = await office.OpenAsync(other, "shop", "bakery");
        var (second, first) = (name, name == "anna" ? "ben" : "anna");
        await bakeryAgain.ShouldSayAsync($"#2 delivered by {second}", $"#1 taken by {first}");
        await winner.ShouldSayAsync($"#1 taken by {first}");

        // Nothing else comes, to anybody: not even after one more restart.
        await office.KillAsync();
        office.Start();
        await AnnounceAsync(bakeryAgain, 4);
        foreach (var driver in new[] { anna, ben }) await driver.ShouldSayAsync(Pickup(4));
        foreach (var console in new[] { anna, ben, bakeryAgain }) await console.CloseAsync();
    }

    [Theory]
    [InlineData(ParcelsConsoleKind.CSharp)]
    [InlineData(ParcelsConsoleKind.Node)]
    internal async Task A_command_whose_answer_is_lost_is_carried_out_once(ParcelsConsoleKind kind)
    {
        await RequireAsync();
        await using var office = await StartAsync();
        await using var network = new TcpProxy(office.Port);
        await using var anna = await office.OpenAsync(ParcelsConsoleKind.Node, "driver", "anna");
        await using var bakery = await office.OpenAsync(kind, "shop", "bakery", network.Url);
        for (var parcel = 1; parcel <= 3; parcel++)
        {
            // The office hears the command; not a byte of its answer gets through.
            network.CutAfter(fromServer: true, bytes: 0);
            await AnnounceAsync(bakery, parcel);
            await anna.ShouldSayAsync(Pickup(parcel));
        }

        // The same, and the office is killed when it has told the driver.
        for (var parcel = 4; parcel <= 5; parcel++)
        {
            network.CutAfter(fromServer: true, bytes: 0);
            await bakery.TypeAsync(Order(parcel));
            await anna.ShouldSayAsync(Pickup(parcel));
            await office.KillAsync();
            office.Start();
            await bakery.ShouldSayAsync($"#{parcel} announced: bread {parcel} for street {parcel}");
        }

        await bakery.CloseAsync();
        await anna.CloseAsync();
    }

    [Theory]
    [InlineData(ParcelsConsoleKind.CSharp)]
    [InlineData(ParcelsConsoleKind.Node)]
    internal async Task Whoever_has_a_token_of_another_office_is_turned_away(ParcelsConsoleKind kind)
    {
        await RequireAsync();
        await using var office = new ParcelsOffice();
        await using var other = new ParcelsOffice();
        await other.InviteAsync("driver", "anna");
        office.Start();
        var refusal = await Should.ThrowAsync<InvalidOperationException>(() => other.OpenAsync(kind, "driver", "anna", office.Url));
        refusal.Message.ShouldContain("The token is not valid.");
    }

    [Theory]
    [InlineData(ParcelsConsoleKind.CSharp)]
    [InlineData(ParcelsConsoleKind.Node)]
    internal async Task Whoever_sits_at_a_terminal_has_a_prompt_and_has_it_again_below_the_news(ParcelsConsoleKind kind)
    {
        await RequireAsync();
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "Needs script(1), which puts a terminal before a program.");
        await using var office = await StartAsync();
        await using var anna = await office.OpenAsync(ParcelsConsoleKind.Node, "driver", "anna");
        await using var bakery = office.OpenTerminal(kind, "shop", "bakery");
        await bakery.ShouldShowAsync("connected as shop bakery");

        await bakery.TypeAsync(Order(1));
        await bakery.ShouldShowAsync($"bakery > {Order(1)}", "#1 announced: bread 1 for street 1");
        await anna.ShouldSayAsync(Pickup(1));
        await anna.TypeAsync("take 1");
        await bakery.ShouldShowAsync("#1 taken by anna");
        await bakery.TypeAsync(Order(2));
        await bakery.ShouldShowAsync($"bakery > {Order(2)}", "#2 announced: bread 2 for street 2");
    }

    [Fact]
    public async Task A_driver_who_comes_for_the_first_time_is_told_of_everything_that_waits()
    {
        // Texts as long as they may be: the news are more than a megabyte.
        const int Parcels = 700;
        var (what, where) = (new string('€', 200), new string('→', 200));
        await RequireAsync();
        await using var office = await StartAsync();
        await using var bakery = await office.OpenAsync(ParcelsConsoleKind.CSharp, "shop", "bakery");
        for (var parcel = 1; parcel <= Parcels; parcel++) await bakery.TypeAsync($"pickup {what} for {where}");
        for (var parcel = 1; parcel <= Parcels; parcel++) await bakery.ShouldSayAsync($"#{parcel} announced: {what} for {where}");
        await using var anna = await office.OpenAsync(ParcelsConsoleKind.Node, "driver", "anna");
        for (var parcel = 1; parcel <= Parcels; parcel++) await anna.ShouldSayAsync($"#{parcel} at bakery: {what} for {where}");
        await anna.TypeAsync($"take {Parcels}");
        await anna.ShouldSayAsync($"#{Parcels} is yours");
    }

    private static string Order(int parcel) => $"pickup bread {parcel} for street {parcel}";

    private static string Pickup(int parcel) => $"#{parcel} at bakery: bread {parcel} for street {parcel}";

    private static async Task AnnounceAsync(ParcelsConsole shop, params int[] parcels)
    {
        foreach (var parcel in parcels)
        {
            await shop.TypeAsync(Order(parcel));
            await shop.ShouldSayAsync($"#{parcel} announced: bread {parcel} for street {parcel}");
        }
    }

    private static Task RequireAsync() => NodePackages.RequireAsync(AssemblyMetadata.Get("ParcelsNode"));

    private static async Task<ParcelsOffice> StartAsync()
    {
        var office = new ParcelsOffice();
        await office.InviteAsync("shop", "bakery");
        foreach (var driver in new[] { "anna", "ben" }) await office.InviteAsync("driver", driver);
        office.Start();
        return office;
    }
}
