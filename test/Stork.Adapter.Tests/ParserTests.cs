using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Stork.Adapter.Tests;

/// <summary>The seam of parsers, from outside: a third format is a class.</summary>
public sealed class ParserTests : IAsyncLifetime
{
    private readonly JsonParser _parser = new();
    private WebApplication _app = null!;
    private SocketIOServer _io = null!;

    private Uri Url => new(_app.Urls.Single());

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSocketIO(options => options.Parser = _parser);
        _app = builder.Build();
        _io = _app.MapSocketIO();
        _io.OnConnection(socket => socket.On("add", (int one, int other) => one + other));
        await _app.StartAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Clients_of_another_format_connect_emit_and_are_answered()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync("""4{"type":2,"nsp":"/","id":7,"data":["add",1,2]}""");
        await client.ShouldReceiveText("""4{"type":3,"nsp":"/","id":7,"data":[3]}""");
        await _io.EmitAsync("news", 1);
        await client.ShouldReceiveText("""4{"type":2,"nsp":"/","data":["news",1]}""");
        _parser.Events.ShouldBe(1);
    }

    [Fact]
    public async Task A_broadcast_is_encoded_once_for_all_its_receivers()
    {
        await using var one = await ConnectAsync();
        await using var other = await ConnectAsync();
        await using var third = await ConnectAsync();
        Client[] clients = [one, other, third];

        await _io.EmitAsync("news", 1);
        foreach (var client in clients) await client.ShouldReceiveText("""4{"type":2,"nsp":"/","data":["news",1]}""");
        _parser.Events.ShouldBe(1);

        var answers = _io.Timeout(TimeSpan.FromSeconds(30)).EmitWithAckAsync<int>("how many", 1);
        foreach (var client in clients)
        {
            var asked = await client.ReceiveAsync();
            asked.ShouldContain("\"how many\"");
            await client.SendAsync(asked.Replace("\"type\":2", "\"type\":3").Replace("[\"how many\",1]", "[1]"));
        }

        (await answers).Count.ShouldBe(3);
        _parser.Events.ShouldBe(2);
    }

    [Theory]
    [InlineData("42[\"a\"]")]
    [InlineData("4")]
    [InlineData("""4{"type":2,"nsp":"/","data":["connect"]}""")]
    [InlineData("""4{"type":5,"nsp":"/","data":["a"]}""")]
    [InlineData("""4{"type":2,"nsp":"x","data":["a"]}""")]
    public async Task What_the_format_does_not_allow_ends_the_connection(string message)
    {
        await using var client = await ConnectAsync();
        await client.SendAsync(message);
        await client.ShouldReceiveText("closed");
    }

    [Fact]
    public async Task A_binary_message_ends_the_connection_where_the_format_is_text()
    {
        await using var client = await ConnectAsync();
        await client.SendAsync([1]);
        await client.ShouldReceiveText("closed");
    }

    private async Task<Client> ConnectAsync()
    {
        var client = await Client.OpenAsync(Url);
        await client.SendAsync("""4{"type":0,"nsp":"/"}""");
        (await client.ReceiveAsync()).ShouldStartWith("""4{"type":0,"nsp":"/","data":{"sid":""");
        return client;
    }
}
