using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stork.Tests.Durable.Inboxes;

namespace Stork.Tests.SocketIO.Events;

/// <summary>What can be registered as a handler, and what is found out when it is.</summary>
public sealed partial class HandlerRegistrationTests
{
    private static readonly List<string> Said = [];

    [Fact]
    public async Task A_method_is_a_handler_by_its_name_alone()
    {
        await using var pair = await Pair.ConnectAsync(services: static services => services.AddSingleton<Rooms>());
        pair.Socket.On("say", SayAsync).On("add", Add).On("later", AddLaterAsync).On("soon", AddSoonAsync).On("tell", Tell)
            .On("static", StaticAsync).On("room", Enter).On("none", Nothing).On("answer", AnswerAsync);
        (await pair.AskAsync("[\"say\",\"hello\"]")).ShouldBe("[]");
        (await pair.AskAsync("[\"add\",1,2]")).ShouldBe("[3]");
        (await pair.AskAsync("[\"later\",1,2]")).ShouldBe("[3]");
        (await pair.AskAsync("[\"soon\",1,2]")).ShouldBe("[3]");
        (await pair.AskAsync("[\"tell\",\"you\"]")).ShouldBe("[]");
        (await pair.AskAsync("[\"static\",\"x\"]")).ShouldBe("[\"x\"]");
        (await pair.AskAsync("[\"room\",\"lobby\"]")).ShouldBe("[\"lobby of 7\"]");
        (await pair.AskAsync("[\"none\"]")).ShouldBe("[]");
        (await pair.AskAsync("[\"answer\",5]")).ShouldBe("[5,\"answer\"]");
        (await pair.AskAsync("[\"add\",1,\"x\"]")).ShouldContain("invalid_arguments");
        (await pair.AskAsync("[\"say\",null]")).ShouldContain("invalid_arguments");
        Said.ShouldBe(["hello", "you"]);

        Task SayAsync(string text)
        {
            Said.Add(text);
            return Task.CompletedTask;
        }

        void Tell(string text) => Said.Add(text);
    }

    [Fact]
    public async Task The_same_method_is_a_handler_as_a_delegate_of_any_type()
    {
        await using var pair = await Pair.ConnectAsync();
        Delegate first = new Func<int, int, int>(Add), second = new Sum(Add);
        pair.Socket.On("first", first).On("second", second);
        (await pair.AskAsync("[\"first\",1,2]")).ShouldBe("[3]");
        (await pair.AskAsync("[\"second\",1,2]")).ShouldBe("[3]");
    }

    [Fact]
    public async Task A_handler_may_have_as_many_parameters_as_it_likes()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("many", (int a, string b, Socket socket, double c, bool d, int[] e, CancellationToken token, string? f) =>
            $"{a} {b} {socket == pair.Socket} {c} {d} {e.Length} {token.CanBeCanceled} {f is null}");
        (await pair.AskAsync("[\"many\",1,\"b\",2.5,true,[1,2]]")).ShouldBe("[\"1 b True 2.5 True 2 True True\"]");
        pair.Socket.On("fails", (int a, int b, int c, int d, int e) =>
            a + b + c + d + e == 15 ? throw new AcknowledgementException("fifteen", "It is fifteen.") : a);
        (await pair.AskAsync("[\"fails\",1,2,3,4,5]"))
            .ShouldBe("[{\"status\":\"error\",\"code\":\"fifteen\",\"message\":\"It is fifteen.\"}]");
        (await pair.AskAsync("[\"fails\",1,2,3,4,6]")).ShouldBe("[1]");
        (await pair.AskAsync("[\"fails\",1,2,3,4]")).ShouldContain("invalid_arguments");
    }

    [Fact]
    public async Task A_registered_service_is_a_parameter_that_takes_no_argument()
    {
        await using var pair = await Pair.ConnectAsync(services: static services =>
        {
            services.AddScoped<Rooms>();
            services.AddKeyedSingleton("eu", new Rooms());
        });
        var seen = new List<Rooms>();
        pair.Socket.On("typed", (string room, Rooms rooms, ILogger<Rooms> log) =>
        {
            seen.Add(rooms);
            return $"{room} {log.IsEnabled(LogLevel.Critical)}";
        });
        pair.Socket.On("marked", ([FromServices] Rooms rooms, [FromKeyedServices("eu")] Rooms european, int n) =>
            $"{rooms != european} {n}");
        pair.Socket.On("list", (IEnumerable<int> numbers) => numbers.Sum());
        (await pair.AskAsync("[\"typed\",\"a\"]")).ShouldBe("[\"a True\"]");
        (await pair.AskAsync("[\"typed\",\"b\"]")).ShouldBe("[\"b True\"]");
        (await pair.AskAsync("[\"marked\",3]")).ShouldBe("[\"True 3\"]");
        (await pair.AskAsync("[\"list\",[1,2]]")).ShouldBe("[3]");
        seen.Distinct().Count().ShouldBe(2);
        seen.ShouldAllBe(static rooms => rooms.IsDisposed, "the scope of the event ends with it");
    }

    [Fact]
    public async Task A_parameter_that_can_never_get_a_value_is_refused_at_the_registration()
    {
        await using var pair = await Pair.ConnectAsync();
        Refused(() => pair.Socket.On("a", (string text, IRooms rooms) => text)).ShouldBe(
            "The handler of \"a\" can never be called: its parameter \"rooms\" of type IRooms can get no value: "
            + "it is an interface, and not registered as a service.");
        Refused(() => pair.Socket.On("b", (Stream body) => 1)).ShouldContain(
            "its parameter \"body\" of type Stream can get no value: it is an abstract class, and not registered");
        Refused(() => pair.Socket.On("c", (Action callback) => 1)).ShouldContain(
            "its parameter \"callback\" of type Action can get no value: no JSON stands for it.");
        Refused(() => pair.Socket.On("d", (Closed closed) => 1)).ShouldContain(
            "its parameter \"closed\" of type Closed can get no value: it has no constructor that can be used");
        Refused(() => pair.Socket.On("e", (Delegate)ByReference)).ShouldContain(
            "its parameter \"number\" of type Int32& can get no value: it is passed by reference");
        var withUnknown = ([FromServices] Task unknown, List<IRooms> fine, IReadOnlyDictionary<string, int> too, object any, Shape shape,
            JsonElement json) => 1;
        Refused(() => pair.Socket.On("f", withUnknown))
            .ShouldContain("its parameter \"unknown\" of type Task can get no value: no such service is registered.");
        Refused(() => pair.Socket.On("g", ([FromKeyedServices("there")] object unknown) => 1))
            .ShouldContain("no such service is registered.");
        pair.Socket.On("fine", (List<IRooms> fine, IReadOnlyDictionary<string, int> too, object any, Shape shape) => 1);

        static string Refused(Action register) => Should.Throw<ArgumentException>(register).Message;
    }

    [Fact]
    public async Task What_the_serializer_does_not_know_is_found_at_the_registration_and_the_option_is_named()
    {
        await using var pair = await Pair.ConnectAsync(options: KnowOnlyShapes);
        pair.Socket.On("known", (Shape shape) => shape);
        var argument = Should.Throw<ArgumentException>(() => pair.Socket.On("a", (Order order) => 1)).Message;
        argument.ShouldContain("\"a\"");
        argument.ShouldContain("\"order\"");
        argument.ShouldContain("SocketIOOptions.JsonSerializerOptions");
        argument.ShouldContain("[JsonSerializable(typeof(Order))]");
        Should.Throw<ArgumentException>(() => pair.Socket.On("b", () => Task.FromResult(new Order("x"))))
            .Message.ShouldContain("what it returns, Order, cannot be sent: there is no JSON metadata");
        Should.Throw<NotSupportedException>(() => pair.Socket.EmitAsync("c", new Order("x")))
            .Message.ShouldContain("SocketIOOptions.JsonSerializerOptions");
    }

    [Fact]
    public async Task A_consumer_of_jobs_the_serializer_does_not_know_is_refused()
    {
        await using var app = await InboxApp.StartAsync(options: KnowOnlyShapes);
        Should.Throw<NotSupportedException>(() => app.IO.Queue<Order>("orders").Consume(static (_, _) => Task.CompletedTask))
            .Message.ShouldContain("SocketIOOptions.JsonSerializerOptions");
        var start = await Should.ThrowAsync<NotSupportedException>(() => InboxApp.StartAsync(
            options: KnowOnlyShapes,
            services: static services => services.AddQueueConsumer<Taker>("orders")));
        start.Message.ShouldStartWith("Jobs of \"orders\" cannot be read as ");
        start.Message.ShouldContain("SocketIOOptions.JsonSerializerOptions");
    }

    [Fact]
    public async Task Null_for_what_is_never_null_fills_no_log_with_errors()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("order", (Order order) => order.Name.Length);
        pair.Socket.On("open", (Open open) => open.Name?.Length ?? -1);
        foreach (var sent in new[] { "null", "{}", "{\"name\":null}" })
            (await pair.AskAsync($"[\"order\",{sent}]"))
                .ShouldBe("[{\"status\":\"error\",\"code\":\"invalid_arguments\",\"message\":\"The arguments do not fit.\"}]");
        (await pair.AskAsync("[\"order\",{\"name\":\"x\"}]")).ShouldBe("[1]");
        (await pair.AskAsync("[\"open\",{}]")).ShouldBe("[-1]");
        pair.Log.Problems.ShouldBeEmpty();
    }

    private static void KnowOnlyShapes(SocketIOOptions options) =>
        options.JsonSerializerOptions = new JsonSerializerOptions { TypeInfoResolver = Known.Default };

    private static int Add(int a, int b) => a + b;

    private static async Task<int> AddLaterAsync(int a, int b)
    {
        await Task.Yield();
        return a + b;
    }

    private static ValueTask<int> AddSoonAsync(int a, int b) => new(a + b);

    private static Task<string> StaticAsync(string text) => Task.FromResult(text);

    private static string Enter(string room, Rooms rooms) => $"{room} of {rooms.Count}";

    private static Task Nothing() => Task.CompletedTask;

    private static ValueTask AnswerAsync(int number, SocketEvent received, Acknowledgement answer) =>
        answer.SendAsync(number, received.Name);

    private static void ByReference(ref int number) => number++;

    private delegate int Sum(int a, int b);

    internal interface IRooms;

    internal sealed class Taker : IQueueConsumer<Order>
    {
        public Task ConsumeAsync(DeliveryContext<Order> context, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public sealed record Order(string Name);

    public sealed record Open(string? Name, int Count, string Kind = "none");

    public sealed record Shape(int Sides);

    public sealed class Closed
    {
        private Closed()
        {
        }

        public static Closed Instance { get; } = new();
    }

    internal sealed class Rooms : IDisposable
    {
        public int Count => 7;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    [JsonSerializable(typeof(Shape))]
    internal sealed partial class Known : JsonSerializerContext;
}
