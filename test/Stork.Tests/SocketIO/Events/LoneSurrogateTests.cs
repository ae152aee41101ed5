using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Stork.Queues;
using Stork.Tests.Durable.Inboxes;
using Stork.Wire;

namespace Stork.Tests.SocketIO.Events;

/// <summary>Half an emoji, which JavaScript sends without a thought: what was accepted can be worked on.</summary>
public sealed class LoneSurrogateTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\\nb\\\\u", "a\\nb\\\\u")]
    [InlineData("\\ud83d\\ude00", "\\ud83d\\ude00")]
    [InlineData("\\uD83D\\uDE00x", "\\uD83D\\uDE00x")]
    [InlineData("\\ud83d", "\\ufffd")]
    [InlineData("\\ude00", "\\ufffd")]
    [InlineData("\\ud83d\\ud83d\\ude00", "\\ufffd\\ud83d\\ude00")]
    [InlineData("\\ude00\\ud83d", "\\ufffd\\ufffd")]
    [InlineData("\\ud83dx\\ude00", "\\ufffdx\\ufffd")]
    [InlineData("\\ud83d\\n\\u0041", "\\ufffd\\n\\u0041")]
    [InlineData("\\\\ud83d", "\\\\ud83d")]
    [InlineData("\\\\\\ud83d", "\\\\\\ufffd")]
    public void Only_halves_of_pairs_are_replaced(string sent, string read)
    {
        var json = Encoding.UTF8.GetBytes($"{{\"{sent}\":[\"{sent}\"]}}");
        var mended = LoneSurrogates.Mend(json);
        Encoding.UTF8.GetString(mended).ShouldBe($"{{\"{read}\":[\"{read}\"]}}");
        (mended == json).ShouldBe(sent == read);
        JsonDocument.Parse(mended.ToArray()).RootElement.EnumerateObject().Single().Value[0].GetString().ShouldNotBeNull();
        Encoding.UTF8.GetString(json).ShouldContain(sent);
    }

    [Fact]
    public async Task Handlers_get_it_as_the_replacement_character_whatever_type_they_have()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("string", (string text) => text);
        pair.Socket.On("note", (Note note) => note.Text);
        pair.Socket.On("element", (JsonElement json) => json.GetProperty("text").GetString());
        pair.Socket.On("node", (JsonNode json) => (string?)json["text"]);
        pair.Socket.On("map", (Dictionary<string, string> map) => map["text"]);
        pair.Socket.On("group", (Delegate)Say);
        pair.Socket.On("all", (EventArguments all) => all.Get<JsonElement>(0).GetProperty("text").GetString() + all.Get<Note>(0)!.Text);
        (await pair.AskAsync("[\"string\",\"a\\ud83d\"]")).ShouldBe("[\"a\uFFFD\"]");
        (await pair.AskAsync("[\"group\",\"a\\ud83d\"]")).ShouldBe("[\"a\uFFFD\"]");
        foreach (var name in new[] { "note", "element", "node", "map" })
            (await pair.AskAsync($"[\"{name}\",{{\"text\":\"\\udc00b\"}}]")).ShouldBe("[\"\uFFFDb\"]");
        (await pair.AskAsync("[\"all\",{\"text\":\"\\udc00\"}]")).ShouldBe("[\"\uFFFD\uFFFD\"]");
        pair.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_sent_on_unread_stays_as_it_came_and_an_element_can_be_sent_on()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("raw", (EventArguments all) => pair.Socket.EmitAsync("raw", all));
        pair.Socket.On("element", (JsonElement json) => pair.Socket.EmitAsync("element", json));
        pair.Socket.On("node", (JsonNode json) => pair.Socket.EmitAsync("node", json));
        await pair.Client.SendAsync("42[\"raw\",\"\\ud83d\"]", "42[\"element\",{\"\\ud83d\":\"\\ud83d\"}]", "42[\"node\",[\"\\ud83d\"]]");
        await pair.Client.ShouldReceive("42[\"raw\",\"\\ud83d\"]", "42[\"element\",{\"\uFFFD\":\"\uFFFD\"}]", "42[\"node\",[\"\uFFFD\"]]");

        // One that the application has from somewhere else.
        using var own = JsonDocument.Parse("{\"a\":\"\\ud83d\",\"b\":1}");
        await pair.Socket.EmitAsync("own", own.RootElement, new { Inner = own.RootElement });
        await pair.Client.ShouldReceive("42[\"own\",{\"a\":\"\uFFFD\",\"b\":1},{\"inner\":{\"a\":\"\uFFFD\",\"b\":1}}]");
        await pair.Socket.EmitAsync("cut", "\ud83d");
        await pair.Client.ReceiveAsync();
        await pair.ShouldLive();
        pair.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_and_handshakes_are_read()
    {
        await using var pair = await Pair.ConnectAsync();
        var answer = pair.Socket.EmitWithAckAsync<string>("ask");
        var packet = await pair.Client.ReceiveAsync();
        await pair.Client.SendAsync("43" + packet[2..packet.IndexOf('[', StringComparison.Ordinal)] + "[\"\\ud83d\"]");
        (await answer).ShouldBe("\uFFFD");

        var seen = new TaskCompletionSource<string?>();
        pair.IO.Of("/auth").OnConnection(socket =>
        {
            var byProperty = socket.Handshake.Auth.GetProperty("name").GetString();
            seen.SetResult(byProperty + socket.Handshake.GetAuth<Dictionary<string, string>>()!["name"]);
        });
        await pair.Client.SendAsync("40/auth,{\"name\":\"\\ud83d\"}");
        (await seen.Task).ShouldBe("\uFFFD\uFFFD");
    }

    [Fact]
    public async Task A_job_with_a_receipt_can_be_worked_on_and_its_bytes_stay()
    {
        await using var app = await InboxApp.StartAsync();
        var done = new TaskCompletionSource<string>();
        app.IO.MapQueue("notes")
            .FromEvent<Note>("note", static (note, received) =>
                new EnqueueOptions { DedupId = received.Arguments.Get<string>(1), Key = note.Text })
            .AllowProducers(_ => ValueTask.FromResult(true));
        app.IO.OnConnection(socket => socket.SubscribeInboxAsync("box"));
        app.IO.MainNamespace.MapInbox(static received => received.Arguments.Get<string>(0)!.Length == 1 ? "box" : null).FromEvent("post");
        await using var client = await app.ConnectAsync();
        await client.SendAsync("421[\"note\",{\"text\":\"\\ud83d\"},\"id\\ud83d\"]");
        (await client.ReceiveAsync()).ShouldStartWith("431[{\"status\":\"ok\"");
        var stored = (await app.IO.Store!.Queue("notes").BrowseAsync(new BrowseOptions { WithBody = true })).ShouldHaveSingleItem();
        Encoding.UTF8.GetString(stored.Body!).ShouldBe("{\"text\":\"\\ud83d\"}");
        app.IO.Queue<Note>("notes").Consume((context, _) =>
        {
            done.SetResult(context.Job.Text);
            return Task.CompletedTask;
        });
        (await done.Task).ShouldBe("\uFFFD");

        await client.SendAsync("422[\"post\",\"\\ud83d\"]");
        string[] packets = [await client.ReceiveAsync(), await client.ReceiveAsync()];
        packets.ShouldContain(packet => packet.EndsWith("[\"post\",\"\\ud83d\"]", StringComparison.Ordinal));
        packets.ShouldContain(packet => packet.StartsWith("432[{\"status\":\"ok\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_reason_of_a_refused_message_is_kept()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("m");
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"m\"]"), "[{\"$reject\":\"no \\ud83d\"}]");
        await app.UntilUnsettled("42", 0);
        (await app.IO.Inbox("42").Queue.DeadLetters.BrowseAsync()).ShouldHaveSingleItem().DeadLetter!.Error.ShouldBe("no \uFFFD");
    }

    private static string Say(string text) => text;

    public sealed record Note(string Text);
}
