using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Events;

/// <summary>Which overload the compiler chooses is part of the contract: each shape of lambda has to answer
/// what a reader expects.</summary>
public sealed class HandlerResultTests : IAsyncLifetime
{
    private Pair _pair = null!;

    private Socket Socket => _pair.Socket;

    public async ValueTask InitializeAsync() => _pair = await Pair.ConnectAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task No_parameters()
    {
        Socket.On("void", () => { });
        Socket.On("value", () => 1);
        Socket.On("null", () => (string?)null);
        Socket.On("task", () => Task.CompletedTask);
        Socket.On("task of", () => Task.FromResult(2));
        Socket.On("async", async () => { await Task.Yield(); });
        Socket.On("async of", async () =>
        {
            await Task.Yield();
            return 3;
        });
        Socket.On("value task", () => ValueTask.CompletedTask);
        Socket.On("value task of", () => ValueTask.FromResult(4));
        Socket.On("late value task", () => new ValueTask(Later(0)));
        Socket.On("late value task of", () => new ValueTask<int>(Later(5)));
        await ShouldAnswer("void []", "value [1]", "null [null]", "task []", "task of [2]", "async []", "async of [3]");
        await ShouldAnswer("value task []", "value task of [4]", "late value task []", "late value task of [5]");
    }

    [Fact]
    public async Task One_parameter()
    {
        Socket.On("void", (int _) => { });
        Socket.On("value", (int a) => a + 1);
        Socket.On("task", (int _) => Task.CompletedTask);
        Socket.On("task of", (int a) => Task.FromResult(a + 2));
        Socket.On("async", async (int _) => { await Task.Yield(); });
        Socket.On("async of", async (int a) =>
        {
            await Task.Yield();
            return a + 3;
        });
        Socket.On("value task", (int _) => ValueTask.CompletedTask);
        Socket.On("value task of", (int a) => ValueTask.FromResult(a + 4));
        Socket.On("emit", (int a) => Socket.EmitAsync("back", a));
        await ShouldAnswer(
            "void []", "value [1]", "task []", "task of [2]", "async []", "async of [3]", "value task []", "value task of [4]");
        await _pair.Client.SendAsync("421[\"emit\",5]");
        await _pair.Client.ShouldReceive("42[\"back\",5]", "431[]");
    }

    [Fact]
    public async Task Two_parameters()
    {
        Socket.On("void", (int _, string? _) => { });
        Socket.On("value", (int a, string? _) => a + 1);
        Socket.On("task", (int _, string? _) => Task.CompletedTask);
        Socket.On("task of", (int a, string? _) => Task.FromResult(a + 2));
        Socket.On("async", async (int _, string? _) => { await Task.Yield(); });
        Socket.On("async of", async (int a, string? _) => await Later(a + 3));
        Socket.On("value task", (int _, string? _) => ValueTask.CompletedTask);
        Socket.On("value task of", (int a, string? _) => ValueTask.FromResult(a + 4));
        await ShouldAnswer(
            "void []", "value [1]", "task []", "task of [2]", "async []", "async of [3]", "value task []", "value task of [4]");
    }

    [Fact]
    public async Task Three_parameters()
    {
        Socket.On("void", (int _, string? _, bool? _) => { });
        Socket.On("value", (int a, string? _, bool? _) => a + 1);
        Socket.On("task", (int _, string? _, bool? _) => Task.CompletedTask);
        Socket.On("task of", (int a, string? _, bool? _) => Task.FromResult(a + 2));
        Socket.On("async", async (int _, string? _, bool? _) => { await Task.Yield(); });
        Socket.On("async of", async (int a, string? _, bool? _) => await Later(a + 3));
        Socket.On("value task", (int _, string? _, bool? _) => ValueTask.CompletedTask);
        Socket.On("value task of", (int a, string? _, bool? _) => ValueTask.FromResult(a + 4));
        await ShouldAnswer(
            "void []", "value [1]", "task []", "task of [2]", "async []", "async of [3]", "value task []", "value task of [4]");
    }

    [Fact]
    public async Task Four_parameters()
    {
        Socket.On("void", (int _, string? _, bool? _, int? _) => { });
        Socket.On("value", (int a, string? _, bool? _, int? _) => a + 1);
        Socket.On("task", (int _, string? _, bool? _, int? _) => Task.CompletedTask);
        Socket.On("task of", (int a, string? _, bool? _, int? _) => Task.FromResult(a + 2));
        Socket.On("async", async (int _, string? _, bool? _, int? _) => { await Task.Yield(); });
        Socket.On("async of", async (int a, string? _, bool? _, int? _) => await Later(a + 3));
        Socket.On("value task", (int _, string? _, bool? _, int? _) => ValueTask.CompletedTask);
        Socket.On("value task of", (int a, string? _, bool? _, int? _) => ValueTask.FromResult(a + 4));
        await ShouldAnswer(
            "void []", "value [1]", "task []", "task of [2]", "async []", "async of [3]", "value task []", "value task of [4]");
    }

    [Fact]
    public async Task Delegates_of_named_types_are_taken_as_they_are_declared()
    {
        Func<Task> task = () => Later(1);
        Func<Task<int>> taskOf = () => Later(1);
        Action action = () => { };
        Socket.On("task", task).On("task of", taskOf).On("action", action);
        await ShouldAnswer("task []", "task of [1]", "action []");
    }

    [Fact]
    public async Task Results_are_written_like_arguments()
    {
        Socket.On("object", () => new { Name = "Ada", Age = 36 });
        Socket.On("array", () => new[] { 1, 2 });
        Socket.On("tuple", () => new Dictionary<string, object?> { ["a"] = 1, ["b"] = null });
        Socket.On("later", async () => new { Name = await Task.FromResult("Bob") });
        await ShouldAnswer(
            "object [{\"name\":\"Ada\",\"age\":36}]", "array [[1,2]]", "tuple [{\"a\":1,\"b\":null}]", "later [{\"name\":\"Bob\"}]");
    }

    [Fact]
    public async Task Binary_results_travel_as_attachments()
    {
        Socket.On("bytes", () => new byte[] { 1, 2, 3 });
        await _pair.Client.SendAsync("425[\"bytes\"]");
        await _pair.Client.ShouldReceive("461-5[{\"_placeholder\":true,\"num\":0}]", "bAQID");
    }

    [Fact]
    public async Task A_handler_that_takes_the_acknowledgement_answers_itself_and_once()
    {
        Socket.On("twice", async (Acknowledgement answer) =>
        {
            await answer.SendAsync("first");
            await answer.SendAsync("second");
            return "third";
        });
        Socket.On("never", (Acknowledgement _) => { });
        Socket.On("none", (Acknowledgement answer) => answer.SendAsync());
        Socket.On("three", (Acknowledgement answer) => answer.SendAsync(1, "b", (int?)null));
        await ShouldAnswer("twice [\"first\"]", "none []", "three [1,\"b\",null]");
        await _pair.Client.SendAsync("422[\"never\"]");
        await _pair.ShouldLive();
    }

    [Fact]
    public async Task An_acknowledgement_nobody_asked_for_is_not_sent()
    {
        bool? requested = null;
        Socket.On("a", async (Acknowledgement answer) =>
        {
            requested = answer.IsRequested;
            await answer.SendAsync("x");
        });
        Socket.On("b", (SocketEvent happened) => happened.Acknowledgement is null ? "x" : throw new InvalidOperationException());
        Socket.On("c", () => 1);
        await _pair.Client.SendAsync("42[\"a\"]", "42[\"b\"]", "42[\"c\"]");
        await _pair.ShouldLive();
        requested.ShouldBe(false);
        _pair.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_first_of_several_handlers_answers()
    {
        var calls = 0;
        Socket.On("a", () => { calls++; });
        Socket.On("a", () => ++calls);
        await ShouldAnswer("a []");
        await _pair.ShouldLive();
        calls.ShouldBe(2);
    }

    [Fact]
    public async Task Received_arguments_go_back_unchanged()
    {
        Socket.On("echo", (EventArguments all, Acknowledgement answer) => answer.SendAsync(all));
        const string Sent = "1.0,-0,1e400,\"\\ud800\",{\"a\":1,\"a\":2},[ ],12345678901234567890123456789";
        (await _pair.AskAsync($"[\"echo\",{Sent}]")).ShouldBe($"[{Sent}]");
        await _pair.Client.SendAsync("452-6[\"echo\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]");
        await ((WebSocketClient)_pair.Client).SendAsync([1]);
        await ((WebSocketClient)_pair.Client).SendAsync([2]);
        await _pair.Client.ShouldReceive("462-6[{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]", "bAQ==", "bAg==");
    }

    private static async Task<int> Later(int value)
    {
        await Task.Yield();
        return value;
    }

    /// <summary>Each is an event and the acknowledgement expected.</summary>
    private async Task ShouldAnswer(params string[] expected)
    {
        foreach (var one in expected)
        {
            var border = one.IndexOf('[', StringComparison.Ordinal) - 1;
            (await _pair.AskAsync($"[\"{one[..border]}\",0]")).ShouldBe(one[(border + 1)..], one);
        }
    }
}
