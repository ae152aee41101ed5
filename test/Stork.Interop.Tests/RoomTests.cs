using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed class RoomTests
{
    private static readonly string[] Names = ["anna", "ben", "cleo"];

    [Theory, EveryClient]
    public async Task Every_operator_reaches_whom_it_names(ClientVersion version, ClientTransport transport)
    {
        var people = new Dictionary<string, Socket>();
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            var name = socket.Handshake.Auth.GetProperty("name").GetString()!;
            people[name] = socket;
            socket.Data["name"] = name;
            socket.On("hello", () => true);
        }));
        await using var script = await Scenario.StartAsync("listen", server.Url, version, transport, new { Names });
        await script.NextAsync("listening");
        var (io, anna, ben, cleo) = (server.IO, people["anna"], people["ben"], people["cleo"]);
        await anna.JoinAsync("red", "all");
        await ben.JoinAsync("red", "blue", "all");
        await cleo.JoinAsync("blue", "all");

        (BroadcastTarget Target, string Receivers)[] operations =
        [
            (io, "anna ben cleo"),
            (io.To("red"), "anna ben"),
            (io.In("blue"), "ben cleo"),
            (io.To("red").To("blue"), "anna ben cleo"),
            (io.To("red", "blue", "all"), "anna ben cleo"),
            (io.To("nowhere"), ""),
            (io.To("nowhere", "red"), "anna ben"),
            (io.Except("red"), "cleo"),
            (io.Except("red", "blue"), ""),
            (io.To("red").Except("blue"), "anna"),
            (io.Except("nowhere"), "anna ben cleo"),
            (io.To(ben.Id), "ben"),
            (io.Except(ben.Id), "anna cleo"),
            (io.Local, "anna ben cleo"),
            (io.Compress(false).To("red"), "anna ben"),
            (anna.Broadcast, "ben cleo"),
            (anna.Local, "ben cleo"),
            (anna.To("red"), "ben"),
            (anna.In("red", "blue"), "ben cleo"),
            (anna.To("red").Except(ben.Id), ""),
            (anna.Except("blue"), ""),
            (cleo.Except(anna.Id), "ben"),
            (anna.To(cleo.Id), "cleo"),
            (anna.Broadcast.Local.Compress(false).To("all").Except("red"), "cleo"),
        ];
        var expected = Names.ToDictionary(name => name, _ => new List<string>());
        for (var i = 0; i < operations.Length; i++)
        {
            var name = $"{i}: {operations[i].Receivers}";
            foreach (var receiver in operations[i].Receivers.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                expected[receiver].Add(name);
            await operations[i].Target.EmitAsync(name, i, new byte[] { 1 });
        }

        await io.EmitAsync("enough");
        (await HeardAsync(script)).ShouldBe(expected.ToDictionary(pair => pair.Key, pair => string.Join('\n', [.. pair.Value, "enough"])));
        await script.CompleteAsync();
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory, EveryClient]
    public async Task Sockets_are_fetched_moved_asked_and_sent_away(ClientVersion version, ClientTransport transport)
    {
        var gone = new Observations<string>();
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            var name = socket.Handshake.Auth.GetProperty("name").GetString()!;
            socket.Data["name"] = name;
            socket.On("hello", () => true);
            socket.OnDisconnect(reason => gone.Add($"{name}: {reason.ToText()}"));
        }));
        await using var script = await Scenario.StartAsync("listen", server.Url, version, transport, new { Names });
        var ids = (await script.NextAsync("listening")).GetProperty("ids");
        var io = server.IO;

        var fetched = (await io.FetchSocketsAsync()).ToDictionary(socket => (string)socket.Data["name"]!);
        fetched.Keys.Order().ShouldBe(Names);
        fetched.ShouldAllBe(pair => pair.Value.Id == ids.GetProperty(pair.Key).GetString());
        fetched["anna"].Rooms.ShouldBe([fetched["anna"].Id]);

        await io.SocketsJoinAsync("everybody");
        await io.To(fetched["anna"].Id, fetched["ben"].Id).SocketsJoinAsync("two", "pair");
        await fetched["cleo"].JoinAsync("one");
        await io.Except("one").SocketsLeaveAsync("everybody");
        await fetched["ben"].LeaveAsync("pair");
        await NamesInAsync("everybody", "cleo");
        await NamesInAsync("two", "anna", "ben");
        await NamesInAsync("pair", "anna");
        await fetched["ben"].EmitAsync("to ben alone");

        (await io.Timeout(Waiting.Patience).EmitWithAckAsync<string>("question")).Order().ShouldBe(Names);
        (await io.To("two").Timeout(Waiting.Patience).EmitWithAckAsync<string>("question")).Order().ShouldBe(["anna", "ben"]);
        (await io.To("nowhere").Timeout(Waiting.Patience).EmitWithAckAsync<string>("question")).ShouldBeEmpty();
        (await fetched["cleo"].Timeout(Waiting.Patience).EmitWithAckAsync<string>("question")).ShouldBe("cleo");
        var late = await Should.ThrowAsync<AcknowledgementTimeoutException>(
            () => io.Timeout(TimeSpan.FromMilliseconds(100)).EmitWithAckAsync<string>("unheard question"));
        late.Responses.ShouldBeEmpty();

        await io.EmitAsync("enough");
        var heard = await HeardAsync(script);
        heard["ben"].ShouldBe("to ben alone\nquestion\nquestion\nunheard question\nenough");
        heard["cleo"].ShouldBe("question\nquestion\nunheard question\nenough");
        await script.CompleteAsync();
        string[] left = [await gone.NextAsync("a disconnect"), await gone.NextAsync("a disconnect"), await gone.NextAsync("a disconnect")];
        left.Order().ShouldBe([.. Names.Select(name => $"{name}: client namespace disconnect")]);
        server.Log.Errors.ShouldBeEmpty();

        async Task NamesInAsync(string room, params string[] names) =>
            (await io.In(room).FetchSocketsAsync()).Select(socket => (string)socket.Data["name"]!).Order().ShouldBe(names);
    }

    private static async Task<Dictionary<string, string>> HeardAsync(ChildProcess script)
    {
        var heard = (await script.NextAsync("heard")).GetProperty("heard").Deserialize<Dictionary<string, string[]>>()!;
        return heard.ToDictionary(pair => pair.Key, pair => string.Join('\n', pair.Value));
    }
}
