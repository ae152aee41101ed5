using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Stork.Tests.SocketIO.Events;

public sealed class HandlerParameterTests
{
    public enum Colour
    {
        Red,
        Green,
    }

    /// <summary>What a client sends, and what the handler with the type of the right side makes of it when it is written again.</summary>
    public static TheoryData<string, Type, string> Values => new()
    {
        { "\"text\"", typeof(string), "\"text\"" },
        { "\"\"", typeof(string), "\"\"" },
        { "\"\\u00fc\\u0000\"", typeof(string), "\"ü\\u0000\"" },
        { "\"\\ud83d\\ude00\"", typeof(string), "\"\\uD83D\\uDE00\"" },
        { "42", typeof(int), "42" },
        { "\"42\"", typeof(int), "42" },
        { "9007199254740993", typeof(long), "9007199254740993" },
        { "1.5e3", typeof(double), "1500" },
        { "79228162514264337593543950335", typeof(decimal), "79228162514264337593543950335" },
        { "true", typeof(bool), "true" },
        { "null", typeof(string), "null" },
        { "null", typeof(int?), "null" },
        { "7", typeof(int?), "7" },
        { "1", typeof(Colour), "1" },
        { "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"", typeof(Guid), "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"" },
        { "[1,2,3]", typeof(int[]), "[1,2,3]" },
        { "[\"a\",null]", typeof(List<string?>), "[\"a\",null]" },
        { "{\"a\":1}", typeof(Dictionary<string, int>), "{\"a\":1}" },
        {
            "{\"name\":\"Ada\",\"inner\":{\"name\":\"Bob\"}}",
            typeof(Person),
            "{\"name\":\"Ada\",\"inner\":{\"name\":\"Bob\",\"inner\":null}}"
        },
        { "{\"x\":[1,{}]}", typeof(JsonElement), "{\"x\":[1,{}]}" },
        { "{\"x\":[1,{}]}", typeof(JsonNode), "{\"x\":[1,{}]}" },
        { "{\"x\":1}", typeof(object), "{\"x\":1}" },
        { "\"AQID\"", typeof(byte[]), "binary 010203" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public Task Reads_an_argument_as_the_type_of_the_parameter(string sent, Type type, string expected) =>
        (Task)GetType().GetMethod(nameof(ReadAs), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, [sent, expected])!;

    [Fact]
    public async Task Special_parameters_take_no_argument_wherever_they_stand()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", (Socket socket, string first, CancellationToken token, int second) =>
            $"{socket == pair.Socket} {first} {token.CanBeCanceled} {second}");
        pair.Socket.On("b", (int first, IServiceProvider services, EventArguments all, string second) =>
            $"{first} {services.GetService<SocketIOServer>() == pair.IO} {all.Count} {second}");
        pair.Socket.On("c", (SocketEvent happened, string first, Acknowledgement answer) =>
            answer.SendAsync($"{happened.Name} {first} {happened.Arguments.Get<string>(0)}"));

        (await pair.AskAsync("[\"a\",\"x\",2]")).ShouldBe("[\"True x True 2\"]");
        (await pair.AskAsync("[\"b\",1,\"y\",\"more\"]")).ShouldBe("[\"1 True 3 y\"]");
        (await pair.AskAsync("[\"c\",\"z\"]")).ShouldBe("[\"c z z\"]");
    }

    [Fact]
    public async Task Missing_arguments_are_null_where_the_type_has_room_for_it()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", (string? text, int? number, Person? person, JsonElement json) =>
            $"{text is null} {number is null} {person is null} {json.ValueKind}");
        (await pair.AskAsync("[\"a\"]")).ShouldBe("[\"True True True Undefined\"]");
        (await pair.AskAsync("[\"a\",null,null,null,null]")).ShouldBe("[\"True True True Null\"]");
    }

    [Theory]
    [InlineData("[\"int\"]")]
    [InlineData("[\"int\",null]")]
    [InlineData("[\"int\",\"one\"]")]
    [InlineData("[\"int\",1.5]")]
    [InlineData("[\"int\",99999999999]")]
    [InlineData("[\"int\",{}]")]
    [InlineData("[\"string\",1]")]
    [InlineData("[\"string\",[\"a\"]]")]
    [InlineData("[\"string\"]")]
    [InlineData("[\"string\",null]")]
    [InlineData("[\"person\"]")]
    [InlineData("[\"person\",null]")]
    [InlineData("[\"person\",{}]")]
    [InlineData("[\"person\",{\"name\":null}]")]
    [InlineData("[\"person\",{\"name\":\"Ada\",\"inner\":{}}]")]
    [InlineData("[\"bytes\",null]")]
    [InlineData("[\"person\",\"Ada\"]")]
    [InlineData("[\"person\",{\"name\":{}}]")]
    [InlineData("[\"bytes\",\"not base64!\"]")]
    [InlineData("[\"bytes\",[1,2]]")]
    [InlineData("[\"bytes\",{\"_placeholder\":true,\"num\":0}]")]
    [InlineData("[\"bytes\",{\"_placeholder\":{\"_placeholder\":true,\"num\":0},\"num\":0}]")]
    [InlineData("[\"bytes\",{\"num\":{\"x\":[]}}]")]
    public async Task What_does_not_fit_is_answered_and_the_handler_not_called(string sent)
    {
        await using var pair = await Pair.ConnectAsync();
        var calls = 0;
        pair.Socket.On("int", (int _) => calls++);
        pair.Socket.On("string", (string _) => calls++);
        pair.Socket.On("person", (Person _) => calls++);
        pair.Socket.On("bytes", (byte[] _) => calls++);

        (await pair.AskAsync(sent))
            .ShouldBe("[{\"status\":\"error\",\"code\":\"invalid_arguments\",\"message\":\"The arguments do not fit.\"}]");

        calls.ShouldBe(0);
        pair.Log.Of(21).Count().ShouldBe(1);
        pair.Log.Problems.ShouldBeEmpty();
        await pair.ShouldLive();
    }

    [Fact]
    public async Task More_arguments_than_parameters_are_ignored()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", (int one) => one);
        (await pair.AskAsync("[\"a\",1,{\"deep\":[[[]]]},\"\\ud800\"]")).ShouldBe("[1]");
    }

    [Theory]
    [InlineData("[\"plain\"]", "plain")]
    [InlineData("[\"\\u0070lain\"]", "plain")]
    [InlineData("[7]", "7")]
    [InlineData("[-1.50]", "-1.50")]
    [InlineData("[\"\"]", "")]
    [InlineData("[\"a\\\"b\\\\\"]", "a\"b\\")]
    [InlineData("[\"größer 😀\"]", "größer 😀")]
    [InlineData("[\"__proto__\"]", "__proto__")]
    public async Task Finds_the_handler_however_the_name_is_written(string sent, string name)
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On(name, (SocketEvent happened) => happened.Acknowledgement!.SendAsync(happened.Name));
        var answer = await pair.AskAsync(sent);
        JsonSerializer.Deserialize<string[]>(answer).ShouldBe([name]);
    }

    [Fact]
    public async Task Names_differ_by_case_and_by_every_character()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("Order", () => "upper");
        pair.Socket.On("order", () => "lower");
        pair.Socket.On("orders", () => "more");
        (await pair.AskAsync("[\"order\"]")).ShouldBe("[\"lower\"]");
        (await pair.AskAsync("[\"Order\"]")).ShouldBe("[\"upper\"]");
        (await pair.AskAsync("[\"orders\"]")).ShouldBe("[\"more\"]");
    }

    [Fact]
    public async Task Binary_arguments_are_found_at_any_depth()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", (Parcel parcel, byte[] second, ReadOnlyMemory<byte> third, Memory<byte> fourth) =>
            $"{Convert.ToHexString(parcel.Content)} {Convert.ToHexString(parcel.Labels[0].Image.Span)} {Convert.ToHexString(second)} "
            + $"{Convert.ToHexString(third.Span)} {fourth.Length}");
        await pair.Client.SendAsync(
            "455-1[\"a\",{\"content\":{\"_placeholder\":true,\"num\":1},"
            + "\"labels\":[{\"image\":{\"num\":0,\"x\":[1],\"_placeholder\":true}}]},"
            + "{\"_placeholder\":true,\"num\":2},{\"_placeholder\":true,\"num\":3},{\"_placeholder\":true,\"num\":4}]");
        for (byte i = 0; i < 4; i++) await ((Clients.WebSocketClient)pair.Client).SendAsync([i, i]);
        await ((Clients.WebSocketClient)pair.Client).SendAsync([]);
        (await pair.Client.ReceiveAsync()).ShouldBe("431[\"0101 0000 0202 0303 0\"]");
    }

    [Fact]
    public async Task Each_handler_may_change_the_bytes_it_gets()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", (byte[] bytes, Acknowledgement _) => Array.Clear(bytes));
        pair.Socket.On("a", (byte[] bytes, Acknowledgement answer) => answer.SendAsync(Convert.ToHexString(bytes)));
        await SendWithBytes(pair, "[\"a\",{\"_placeholder\":true,\"num\":0}]");
        (await pair.Client.ReceiveAsync()).ShouldBe("431[\"0102\"]");
    }

    [Theory]
    [InlineData("{\"_placeholder\":true,\"num\":0}", "{\"_placeholder\":true,\"num\":0}")]
    [InlineData("{\"_placeholder\":true,\"num\":0}", "{\"num\":0,\"_placeholder\":true}")]
    [InlineData("{\"num\":0,\"_placeholder\":true}", "{\"_placeholder\":true,\"num\":0}")]
    public async Task Arguments_that_are_one_attachment_are_arrays_of_their_own(string one, string other)
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", (byte[] first, byte[] second) =>
        {
            first[0] = 9;
            return Convert.ToHexString(first) + Convert.ToHexString(second);
        });
        await SendWithBytes(pair, $"[\"a\",{one},{other}]");
        (await pair.Client.ReceiveAsync()).ShouldBe("431[\"09020102\"]");
    }

    [Fact]
    public async Task The_token_is_cancelled_by_the_disconnect()
    {
        await using var pair = await Pair.ConnectAsync();
        var running = new TaskCompletionSource();
        var ended = new TaskCompletionSource<bool>();
        pair.Socket.On("wait", async (CancellationToken token) =>
        {
            await using var registration = token.Register(() => ended.TrySetResult(true));
            running.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        });
        await pair.Client.SendAsync("42[\"wait\"]");
        await running.Task.Within("the handler");
        await pair.Client.DisposeAsync();
        (await ended.Task.Within("the cancellation")).ShouldBeTrue();
        await pair.App.UntilConnections(0);
        pair.Log.Of(20).ShouldBeEmpty();
    }

    [Fact]
    public async Task Arguments_kept_for_later_stay_what_they_were()
    {
        await using var pair = await Pair.ConnectAsync();
        var kept = new List<EventArguments>();
        pair.Socket.On("keep", (EventArguments all) => kept.Add(all));
        for (var i = 0; i < 50; i++) await pair.Client.SendAsync($"42[\"keep\",\"{new string((char)('a' + (i % 26)), 500)}\",{i}]");
        await pair.ShouldLive();
        for (var i = 0; i < 50; i++)
        {
            kept[i].Get<string>(0).ShouldBe(new string((char)('a' + (i % 26)), 500));
            kept[i].Get<int>(1).ShouldBe(i);
        }
    }

    private static async Task SendWithBytes(Pair pair, string array)
    {
        await pair.Client.SendAsync("451-1" + array);
        await ((Clients.WebSocketClient)pair.Client).SendAsync([1, 2]);
    }

    private static async Task ReadAs<T>(string sent, string expected)
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", (T value, Acknowledgement answer) => value is byte[] bytes
            ? answer.SendAsync("binary " + Convert.ToHexString(bytes))
            : answer.SendAsync(value));
        var answer = await pair.AskAsync($"[\"a\",{sent}]");
        answer.ShouldBe(expected.StartsWith("binary", StringComparison.Ordinal) ? $"[\"{expected}\"]" : $"[{expected}]");
    }

    public sealed record Person(string Name, Person? Inner);

    public sealed record Label(ReadOnlyMemory<byte> Image);

    public sealed record Parcel(byte[] Content, List<Label> Labels);
}
