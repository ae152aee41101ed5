using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Stork.Redis.Tests.Servers;

/// <summary>One of our servers: Kestrel on a free port of the loopback, in the process of the tests; its connection is its own.</summary>
internal sealed class StorkMember : IMember
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _seen = new();

    private StorkMember(WebApplication app, SocketIOServer io, RecordedLog log)
    {
        _app = app;
        IO = io;
        Log = log;
        // Not later: a client is in its rooms when it hears that it is connected.
        io.Use(static socket =>
        {
            socket.Data["file"] = new byte[] { 1, 2 };
            if (socket.Handshake.GetAuth<Auth>() is not { } auth) return ValueTask.CompletedTask;
            socket.Data["name"] = auth.Name;
            return socket.JoinAsync(auth.Rooms ?? []);
        });
        _ = io.Of("/chat");
        io.OnServerSide("news", arguments =>
            _seen.Enqueue($"[{string.Join(',', Enumerable.Range(0, arguments.Count).Select(index => Values.Write(arguments, index)))}]"));
        io.OnServerSide("sum", static arguments => Task.FromResult(new { sum = arguments.Get<int>(0) + arguments.Get<int>(1) }));
    }

    public SocketIOServer IO { get; }

    public RecordedLog Log { get; }

    public IServiceProvider Services => _app.Services;

    public Uri Url => new(_app.Urls.Single());

    public RedisPubSubAdapter Adapter => (RedisPubSubAdapter)IO.MainNamespace.Adapter;

    /// <summary>Far longer than anything takes, for a machine that may be busy.</summary>
    public static async Task<StorkMember> StartAsync(
        string redis, string key, Action<RedisAdapterOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var log = new RecordedLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Information);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSocketIO().UseRedis(redis, options =>
        {
            options.KeyPrefix = key;
            options.RequestTimeout = Patience.Limit;
            configure?.Invoke(options);
        });
        services?.Invoke(builder.Services);
        var app = builder.Build();
        var member = new StorkMember(app, app.MapSocketIO(), log);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return member;
    }

    public Task EmitAsync(Target target, string arguments)
    {
        var all = Values.Read(arguments);
        return Select(target).EmitAsync(Name(all), all[1..]).AsTask();
    }

    public Task EmitVolatileAsync(Target target, string arguments)
    {
        var all = Values.Read(arguments);
        return Select(target).Volatile.Compress(false).EmitAsync(Name(all), all[1..]).AsTask();
    }

    public async Task<string[]> AskAsync(Target target, string arguments)
    {
        var all = Values.Read(arguments);
        var answers = await Select(target).Timeout(Patience.Limit).EmitWithAckAsync<EventArguments>(Name(all), all[1..]);
        return [.. answers.Select(static answer => Values.Write(answer!, 0))];
    }

    public Task JoinAsync(Target target, params string[] rooms) => Select(target).SocketsJoinAsync(rooms).AsTask();

    public Task LeaveAsync(Target target, params string[] rooms) => Select(target).SocketsLeaveAsync(rooms).AsTask();

    public Task DisconnectAsync(Target target, bool close) => Select(target).DisconnectSocketsAsync(close).AsTask();

    public async Task<FoundSocket[]> FetchAsync(Target target)
    {
        var found = await Select(target).FetchSocketsAsync();
        found.MissingServerCount.ShouldBe(0);
        return [.. found.Select(Describe)];
    }

    public Task ServerEmitAsync(string arguments)
    {
        var all = Values.Read(arguments);
        return IO.ServerSideEmitAsync(Name(all), all[1..]).AsTask();
    }

    public async Task<string[]> ServerAskAsync(string arguments)
    {
        var all = Values.Read(arguments);
        var answers = await IO.ServerSideEmitWithAckAsync<EventArguments>(Name(all), all[1..]);
        return [.. answers.Select(static answer => Values.Write(answer!, 0))];
    }

    public Task<string[]> SeenAsync() => Task.FromResult(_seen.ToArray());

    public async Task<string[]> AllRoomsAsync()
    {
        var rooms = await Adapter.GetAllRoomsAsync();
        rooms.MissingServerCount.ShouldBe(0);
        return [.. rooms.Names];
    }

    public Task<int> CountAsync() => IO.MainNamespace.Adapter.GetServerCountAsync(CancellationToken.None).AsTask();

    public Task StopAsync() => _app.StopAsync(CancellationToken.None).Within("the server to stop");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string Name(object?[] arguments) => ((JsonElement)arguments[0]!).GetString()!;

    private static FoundSocket Describe(RemoteSocket socket) => new(
        socket.Id,
        [.. socket.Rooms.Order()],
        socket.GetData<string>("name") ?? "",
        socket.Data.TryGetValue("file", out var file) && file is byte[] bytes ? bytes : [],
        socket.Handshake.Headers.UserAgent.ToString(),
        socket.Handshake.GetAuth<JsonElement?>()?.GetRawText() ?? "{}",
        socket.Handshake.Query["from"].ToString());

    private BroadcastOperator Select(Target target) => IO.Of(target.Namespace).To(target.Rooms).Except(target.Except);

    private sealed record Auth(string? Name, string[]? Rooms);
}
