using System.Text.RegularExpressions;

namespace Stork.Tests.SocketIO.Broadcasting;

/// <summary>An <c>object[]</c> is the list of arguments; every other array is one argument, though C# passes some of them
/// as such a list.</summary>
public sealed partial class ArgumentListTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    public static TheoryData<string, Action<Socket, object?[]>> Emits => new()
    {
        { "Socket.EmitAsync", (socket, arguments) => _ = socket.EmitAsync("a", arguments) },
        { "Socket.EmitWithAckAsync", (socket, arguments) => _ = socket.EmitWithAckAsync<int>("a", arguments) },
        {
            "Socket.EmitWithAckAsync with a token",
            (socket, arguments) => _ = socket.EmitWithAckAsync<int>("a", arguments, CancellationToken.None)
        },
        { "SocketEmitter", (socket, arguments) => _ = socket.Timeout(Limit).EmitWithAckAsync<int>("a", arguments) },
        {
            "SocketEmitter with a token",
            (socket, arguments) => _ = socket.Timeout(Limit).EmitWithAckAsync<int>("a", arguments, CancellationToken.None)
        },
        { "BroadcastOperator", (socket, arguments) => _ = socket.Namespace.Timeout(Limit).EmitWithAckAsync<int>("a", arguments) },
        { "RemoteSocket", (socket, arguments) => _ = Remote(socket).Timeout(Limit).EmitWithAckAsync<int>("a", arguments) },
        { "SendAsync", (socket, arguments) => _ = socket.SendAsync(arguments) },
        { "SendAsync to all", (socket, arguments) => _ = socket.Server.SendAsync(arguments) },
    };

    [Theory]
    [MemberData(nameof(Emits), DisableDiscoveryEnumeration = true)]
    public async Task Another_array_is_one_argument(string what, Action<Socket, object?[]> emit)
    {
        await using var pair = await Pair.ConnectAsync();
        emit(pair.Socket, new[] { "x", "y" });
        emit(pair.Socket, Array.Empty<string>());
        emit(pair.Socket, new Order[] { new(1), new(2) });
        emit(pair.Socket, new object?[] { "x", 1, null });
        emit(pair.Socket, []);
        (await ReceiveAsync(pair)).ShouldBe("[[\"x\",\"y\"]]", what);
        (await ReceiveAsync(pair)).ShouldBe("[[]]", what);
        (await ReceiveAsync(pair)).ShouldBe("[[{\"id\":1},{\"id\":2}]]", what);
        (await ReceiveAsync(pair)).ShouldBe("[\"x\",1,null]", what);
        (await ReceiveAsync(pair)).ShouldBe("[]", what);
    }

    [Fact]
    public async Task Null_in_place_of_a_list_is_one_argument()
    {
        await using var pair = await Pair.ConnectAsync();
        _ = pair.Socket.EmitWithAckAsync<int>("a", null!);
        (await ReceiveAsync(pair)).ShouldBe("[null]");
    }

    [Fact]
    public async Task A_token_among_the_arguments_is_told_where_it_belongs()
    {
        await using var pair = await Pair.ConnectAsync();
        var token = CancellationToken.None;
        Action[] emits =
        [
            () => _ = pair.Socket.EmitWithAckAsync<int>("a", 1, token),
            () => _ = pair.Socket.EmitWithAckAsync<int>("a", token),
            () => _ = pair.Socket.Timeout(Limit).EmitWithAckAsync<int>("a", "x", token),
            () => _ = pair.IO.Timeout(Limit).EmitWithAckAsync<int>("a", "x", token),
            () => _ = pair.Socket.EmitAsync("a", token),
            () => _ = pair.Socket.EmitAsync("a", 1, token),
        ];
        foreach (var emit in emits)
            Should.Throw<ArgumentException>(emit).Message.ShouldContain("EmitWithAckAsync<T>(name, [argument], cancellationToken)");
        pair.Socket.PendingAcks().ShouldBe(0);
        await pair.ShouldLive();
    }

    private static RemoteSocket Remote(Socket socket) => new(socket.Namespace, socket.Id, socket.Handshake, socket.Rooms, socket.Data);

    private static async Task<string> ReceiveAsync(Pair pair)
    {
        var packet = await pair.Client.ReceiveAsync();
        packet.ShouldMatch("^42\\d*\\[\"(a|message)\"");
        return Name().Replace(packet, "[");
    }

    [GeneratedRegex("^42\\d*\\[\"(?:a|message)\",?")]
    private static partial Regex Name();

    private sealed record Order(int Id);
}
