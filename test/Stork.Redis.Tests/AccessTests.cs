using System.Text.RegularExpressions;
using Stork.Redis.Tests.Servers;
using Stork.Tests.Documentation;

namespace Stork.Redis.Tests;

/// <summary>A Redis that lets nobody do more than servers need.</summary>
public sealed partial class AccessTests
{
    [Fact]
    public async Task A_user_with_the_documented_rights_is_enough()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs/cluster.md"), TestContext.Current.CancellationToken);
        var user = DocumentedUser().Match(page).Groups["rights"].Value;
        await using var redis = await RedisServer.StartAsync(["--user", .. user.Split(' '), "--user", "default", "off"]);
        var configuration = $"{redis.Configuration},user=stork,password=secret";
        await using var one = await StorkMember.StartAsync(configuration, "socket.io");
        await using var two = await StorkMember.StartAsync(configuration, "socket.io");
        await Waiting.UntilAsync(async () => await one.CountAsync() == 2, "the servers knew of each other");
        await using var client = await Client.ConnectAsync(two.Url);
        await one.IO.In(client.Id).SocketsJoinAsync("room");
        await one.IO.To("room").EmitAsync("hello");
        await client.ShouldReceive("[\"hello\"]");
        (await one.IO.FetchSocketsAsync()).Single().Id.ShouldBe(client.Id);
        await using var emitter = await RedisEmitter.ConnectAsync(configuration);
        await emitter.EmitAsync("from outside");
        await client.ShouldReceive("[\"from outside\"]");
    }

    [GeneratedRegex("`user (?<rights>stork on [^`]*)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DocumentedUser();
}
