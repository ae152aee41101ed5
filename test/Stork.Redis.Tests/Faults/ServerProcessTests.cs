using System.Net.WebSockets;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>Servers that are killed, and servers that hang, each a process of its own.</summary>
public sealed class ServerProcessTests
{
    private const string InRed = """{"rooms":["red"]}""";

    [Fact]
    public async Task A_killed_server_is_not_waited_for_and_its_clients_go_on_elsewhere()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Observing.StartAsync(redis.Configuration);
        await using var other = await StorkProcess.StartAsync(redis.Configuration, "k");
        await using var node = await NodeMember.StartAsync(redis, "k");
        await using var here = await Client.ConnectAsync(one.Url, auth: InRed);
        await using var there = await Client.ConnectAsync(other.Url, auth: InRed);
        await one.UntilServersAsync(3);
        (await one.IO.FetchSocketsAsync()).Count.ShouldBe(2);
        await other.KillAsync();
        await node.DisposeAsync();
        await ShouldBreakAsync(there);
        await one.UntilServersAsync(1);
        var found = await one.IO.FetchSocketsAsync();
        found.Select(static socket => socket.Id).ShouldBe([here.Id]);
        found.IsComplete.ShouldBeTrue();
        await using var again = await Client.ConnectAsync(one.Url, auth: InRed);
        await one.IO.To("red").EmitAsync("to all of them");
        await here.ShouldReceive("[\"to all of them\"]");
        await again.ShouldReceive("[\"to all of them\"]");
    }

    [Fact]
    public async Task A_server_that_is_killed_while_it_is_asked_is_missing()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Observing.StartAsync(
            redis.Configuration, static options => options.RequestTimeout = TimeSpan.FromSeconds(2));
        await using var other = await StorkProcess.StartAsync(redis.Configuration, "k");
        await using var here = await Client.ConnectAsync(one.Url);
        await one.UntilServersAsync(2);
        await other.SuspendAsync();
        var fetching = one.IO.FetchSocketsAsync();
        var summing = one.IO.ServerSideEmitWithAckAsync<int>("sum", 1, 2);
        var asking = one.IO.Timeout(TimeSpan.FromSeconds(2)).EmitWithAckAsync<int>("ask");
        await here.AcknowledgeAsync("[\"ask\"]", "[5]");
        await other.KillAsync();
        var found = await fetching.Within("the end of the request");
        found.Select(static socket => socket.Id).ShouldBe([here.Id]);
        found.MissingServerCount.ShouldBe(1);
        (await Should.ThrowAsync<AcknowledgementTimeoutException>(summing)).MissingServerCount.ShouldBe(1);
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(asking);
        failure.Responses.ShouldBe([5]);
        failure.MissingServerCount.ShouldBe(1);
        await one.UntilServersAsync(1);
        (await one.IO.FetchSocketsAsync()).IsComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_hangs_is_missing_and_catches_up_when_it_goes_on()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Observing.StartAsync(
            redis.Configuration, static options => options.RequestTimeout = TimeSpan.FromMilliseconds(500));
        await using var other = await StorkProcess.StartAsync(redis.Configuration, "k");
        await using var there = await Client.ConnectAsync(other.Url, auth: InRed);
        await one.UntilServersAsync(2);
        await other.SuspendAsync();
        (await one.IO.FetchSocketsAsync()).MissingServerCount.ShouldBe(1);
        (await one.Adapter.GetAllRoomsAsync()).MissingServerCount.ShouldBe(1);
        var asking = one.IO.Timeout(TimeSpan.FromMilliseconds(500)).EmitWithAckAsync<int>("ask");
        (await Should.ThrowAsync<AcknowledgementTimeoutException>(asking)).MissingServerCount.ShouldBe(1);
        for (var i = 0; i < 10; i++) await one.IO.To("red").EmitAsync("event", i);
        await other.ResumeAsync();
        await there.HearAsync("42[\"event\",0]");
        for (var i = 1; i < 10; i++) await there.ShouldReceive($"[\"event\",{i}]");
        // Its answers to the former requests are late, and concern nobody.
        await Waiting.UntilAsync(async () => (await one.IO.FetchSocketsAsync()).IsComplete, "it answered again");
        one.Log.Of(17).ShouldBeEmpty();
        one.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_hangs_for_too_long_is_cut_off_by_Redis_and_comes_back()
    {
        await using var redis = await RedisServer.StartAsync("--client-output-buffer-limit", "pubsub", "1mb", "0", "0");
        await using var one = await Observing.StartAsync(redis.Configuration);
        await using var other = await StorkProcess.StartAsync(redis.Configuration, "k");
        await using var there = await Client.ConnectAsync(other.Url);
        await one.UntilServersAsync(2);
        await other.SuspendAsync();
        var much = new byte[512 * 1024];
        await Waiting.UntilAsync(IsAloneAsync, "Redis had closed the connection of the server that hangs");
        (await one.IO.FetchSocketsAsync()).IsComplete.ShouldBeTrue("nobody waits for it any more");
        await other.ResumeAsync();
        await one.UntilServersAsync(2);
        // What was said meanwhile is lost beyond what was on its way.
        await there.ShouldHearAsync(one, "again");

        async Task<bool> IsAloneAsync()
        {
            await one.IO.To("a room of nobody", "another one").EmitAsync("much", much);
            return await one.CountAsync() == 1;
        }
    }

    private static async Task ShouldBreakAsync(Client client)
    {
        try
        {
            (await client.ReceiveAsync()).ShouldBe("closed");
        }
        catch (WebSocketException)
        {
            // Nobody closed it: the system did.
        }
    }
}
