using System.Net;
using Stork.Tests.Clients;

namespace Stork.Tests.EngineIO;

public sealed class SessionIdsTests
{
    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task The_application_names_sessions(SocketIOTransports transport)
    {
        var count = 0;
        await using var app = await StorkApp.StartAsync(options =>
            options.GenerateId = context => $"{context.Request.Query["EIO"]}-eu.1~{++count}");
        await using var client = await TestClient.OpenAsync(app, transport);
        client.SessionId.ShouldBe("4-eu.1~1");
        var id = await client.JoinAsync();
        app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        socket!.ConnectionId.ShouldBe("4-eu.1~1");
        socket.Id.ShouldNotBe(socket.ConnectionId);
        socket.On("ask", () => "answered");
        await client.SendAsync("420[\"ask\"]");
        await client.ShouldReceive("430[\"answered\"]");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("long")]
    [InlineData("throws")]
    public async Task What_is_no_id_refuses_the_handshake_and_is_told_once(string? kind)
    {
        await using var app = await StorkApp.StartAsync(options => options.GenerateId = _ => kind switch
        {
            "long" => new string('x', 129),
            "throws" => throw new InvalidOperationException("no id"),
            _ => kind!,
        });
        for (var n = 0; n < 2; n++)
        {
            using var answer = await app.Http.GetAsync("/socket.io/?EIO=4&transport=polling");
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await answer.Content.ReadAsStringAsync()).ShouldBe("{\"code\":3,\"message\":\"Bad request\"}");
        }

        var told = app.Log.Of(102).ShouldHaveSingleItem();
        told.Exception?.Message.ShouldBe("no id");
        (told.Exception is not null).ShouldBe(kind == "throws");
        app.IO.ConnectionCount.ShouldBe(0);
    }

    [Fact]
    public async Task An_id_that_a_session_has_refuses_another_one_and_leaves_the_session_alone()
    {
        await using var app = await StorkApp.StartAsync(options => options.GenerateId = _ => "one");
        await using var client = await TestClient.OpenAsync(app, SocketIOTransports.WebSocket);
        await client.JoinAsync();
        using var answer = await app.Http.GetAsync("/socket.io/?EIO=4&transport=polling");
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        app.Log.Of(102).ShouldHaveSingleItem();
        app.IO.ConnectionCount.ShouldBe(1);
        await app.IO.EmitAsync("x");
        await client.ShouldReceive("42[\"x\"]");
    }
}
