using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;
using Stork.Queues;

namespace Stork.Interop.Tests.Inboxes;

/// <summary>Clients with <c>retries</c> that put events into an inbox.</summary>
public sealed class RetryTests
{
    [Theory]
    [InlineData(ClientVersion.V4_6)]
    [InlineData(ClientVersion.V4_8)]
    [InlineData(ClientVersion.V4_8_MessagePack)]
    internal async Task What_is_sent_again_because_its_answer_is_late_or_lost_is_stored_once_and_in_order(ClientVersion version)
    {
        var late = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(
            io =>
            {
                io.MapInbox(_ => "shop").FromEvent("order").DeduplicateBy(received => received.Arguments.Get<string>(1));
                io.OnConnection(socket => socket.Use(async _ => await late.Task));
            },
            options =>
            {
                options.DataDirectory = "memory";
                options.Store = new QueueStoreOptions { Durability = Durability.Memory };
            });
        await using var network = new TcpProxy(server.Url.Port);
        await using var script = await Scenario.StartAsync("retries", network.Url, version, ClientTransport.WebSocket);

        // Three times the same before the first is answered.
        for (var sent = 0; sent < 3; sent++) (await script.NextAsync("sent")).GetProperty("number").GetInt32().ShouldBe(0);
        late.SetResult();
        (await AnsweredAsync(script, 0)).GetProperty("duplicate").GetBoolean()
            .ShouldBeTrue("the first try's answer came too late, so a repeat's counts");
        await AnsweredAsync(script, 1);

        // Stored, and not a byte of the answer gets through.
        network.CutAfter(fromServer: true, bytes: 0);
        await script.TellAsync("go");
        var again = await AnsweredAsync(script, 2);
        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue("its answer was lost");
        again.GetProperty("seq").GetInt64().ShouldBe(3);
        await AnsweredAsync(script, 3);
        await AnsweredAsync(script, 4);
        await script.CompleteAsync();

        var stored = await server.IO.Inbox("shop").Queue.BrowseAsync(new BrowseOptions { WithBody = true });
        stored.Select(message => message.Sequence).ShouldBe([1, 2, 3, 4, 5]);
        stored.Select(message => NumberIn(message.Body!)).ShouldBe([0, 1, 2, 3, 4]);
    }

    private static async Task<JsonElement> AnsweredAsync(ChildProcess script, int number)
    {
        JsonElement report;
        do report = await script.NextOfAsync("sent", "answered");
        while (report.GetProperty("report").GetString() == "sent");
        report.GetProperty("number").GetInt32().ShouldBe(number);
        return report.GetProperty("answer");
    }

    /// <summary>Of <c>["order",number,id]</c>, behind the three bytes that come before the JSON of a message without attachments.</summary>
    private static int NumberIn(byte[] body) => JsonElement.Parse(body.AsSpan(3))[1].GetInt32();
}
