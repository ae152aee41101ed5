using System.Text.RegularExpressions;
using Stork.Redis.Tests.Servers;
using Stork.Tests.Documentation;

namespace Stork.Redis.Tests.Balancing;

/// <summary>Three servers behind a real nginx with the documented configuration. All clients have one address, as those of an office
/// have.</summary>
public sealed partial class NginxTests : IAsyncLifetime
{
    private const string Key = "k";
    private const int Clients = 16;

    private readonly List<StorkMember> _members = [];
    private readonly List<PollingClient> _clients = [];
    private RedisServer _redis = null!;
    private Nginx _nginx = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        for (var i = 0; i < 3; i++) _members.Add(await StorkMember.StartAsync(_redis.Configuration, Key));
        _nginx = await Nginx.StartAsync(Configure);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        if (_nginx is not null) await _nginx.DisposeAsync();
        foreach (var member in _members) await member.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Browsers_are_spread_by_a_cookie_and_each_stays_with_its_server()
    {
        for (var i = 0; i < Clients; i++)
        {
            var client = Add(new PollingClient(_nginx.Url, hasCookies: true));
            await client.OpenPageAsync();
            await client.ConnectAsync();
        }

        await ShouldStayAsync();
        (await ServersAsync()).Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Clients_without_cookies_are_spread_by_what_they_say_in_their_query()
    {
        for (var i = 0; i < Clients; i++) await Add(new PollingClient(_nginx.Url, route: Guid.NewGuid().ToString("N"))).ConnectAsync();
        await ShouldStayAsync();
        (await ServersAsync()).Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task All_others_are_together_by_their_address()
    {
        for (var i = 0; i < 4; i++) await Add(new PollingClient(_nginx.Url)).ConnectAsync();
        await ShouldStayAsync();
        (await ServersAsync()).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task They_go_on_over_WebSockets()
    {
        for (var i = 0; i < Clients; i++)
        {
            var client = Add(new PollingClient(_nginx.Url, hasCookies: true));
            await client.OpenPageAsync();
            await client.ConnectAsync();
            await client.UpgradeAsync();
        }

        await ShouldStayAsync();
    }

    [Fact]
    public async Task Clients_of_a_server_that_is_gone_come_to_another_one()
    {
        for (var i = 0; i < Clients; i++) await Add(new PollingClient(_nginx.Url, route: $"{i}")).ConnectAsync();
        var before = await ServersAsync();
        var dead = before[0];
        await _members[dead].DisposeAsync();
        _members.RemoveAt(dead);
        for (var i = 0; i < Clients; i++)
            if (before[i] == dead) await _clients[i].ConnectAsync();
        // Those of the others have noticed nothing.
        await ShouldStayAsync();
    }

    private static int Port(StorkMember member) => member.Url.Port;

    [GeneratedRegex("```nginx\n(?<all>upstream.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Documented();

    private string Configure(int port)
    {
        var documented = Documented().Match(File.ReadAllText(Path.Combine(SourceTree.Root, "docs/cluster.md"))).Groups["all"].Value;
        documented.ShouldContain("listen 80;");
        documented = documented.Replace("listen 80;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal);
        for (var i = 0; i < _members.Count; i++)
        {
            documented.ShouldContain($"10.0.0.{i + 1}:5000");
            documented = documented.Replace($"10.0.0.{i + 1}:5000", $"127.0.0.1:{Port(_members[i])}", StringComparison.Ordinal);
        }

        return documented;
    }

    private PollingClient Add(PollingClient client)
    {
        _clients.Add(client);
        return client;
    }

    /// <summary>Several requests of each client, none of which another server would answer; and each hears what any server says.</summary>
    private async Task ShouldStayAsync()
    {
        for (var round = 0; round < 3; round++)
        {
            foreach (var client in _clients) await client.SendAsync($"42[\"round\",{round}]");
            await _members[round % _members.Count].EmitAsync(Target.All, $"[\"round\",{round}]");
            foreach (var client in _clients) await client.ShouldReceive($"[\"round\",{round}]");
        }
    }

    /// <summary>The number of each client's server.</summary>
    private async Task<List<int>> ServersAsync()
    {
        var servers = new List<int>();
        foreach (var client in _clients)
        {
            var server = -1;
            for (var i = 0; i < _members.Count; i++)
                if ((await _members[i].IO.Local.In(client.Id).FetchSocketsAsync()).Count == 1) server = i;
            server.ShouldNotBe(-1);
            servers.Add(server);
        }

        return servers;
    }
}
