using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;

namespace Stork.Redis.Tests.Servers;

/// <summary>An official server, or an official emitter, in a process of its own.</summary>
internal sealed class NodeMember : IMember
{
    private readonly ChildProcess _process;

    private NodeMember(ChildProcess process, int port)
    {
        _process = process;
        Url = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Url { get; }

    /// <param name="redis">Where.</param>
    /// <param name="key">What the names of all channels begin with.</param>
    /// <param name="mode">By what means it speaks to others, and what the script takes besides.</param>
    public static Task<NodeMember> StartAsync(RedisServer redis, string key, params string[] mode) =>
        StartScriptAsync("server.mjs", redis, [key, .. mode]);

    /// <summary>One that has no clients, and can only be told to do what emitters do.</summary>
    public static Task<NodeMember> StartEmitterAsync(RedisServer redis, string key) => StartScriptAsync("emit.mjs", redis, key);

    public Task EmitAsync(Target target, string arguments) => RunAsync("emit", target, ("args", arguments));

    public Task EmitVolatileAsync(Target target, string arguments) => RunAsync("emitVolatile", target, ("args", arguments));

    public async Task<string[]> AskAsync(Target target, string arguments) => Texts(await RunAsync("ask", target, ("args", arguments)));

    public Task JoinAsync(Target target, params string[] rooms) => RunAsync("join", target, ("names", JsonSerializer.Serialize(rooms)));

    public Task LeaveAsync(Target target, params string[] rooms) => RunAsync("leave", target, ("names", JsonSerializer.Serialize(rooms)));

    public Task DisconnectAsync(Target target, bool close) => RunAsync("disconnect", target, ("close", close ? "true" : "false"));

    public async Task<FoundSocket[]> FetchAsync(Target target) => [.. (await RunAsync("fetch", target)).EnumerateArray().Select(Describe)];

    public Task ServerEmitAsync(string arguments) => RunAsync("serverEmit", Target.All, ("args", arguments));

    public async Task<string[]> ServerAskAsync(string arguments) =>
        Texts(await RunAsync("serverAsk", Target.All, ("args", arguments)));

    public async Task<string[]> SeenAsync() => Texts(await RunAsync("seen", Target.All));

    public async Task<string[]> AllRoomsAsync() =>
        [.. (await RunAsync("allRooms", Target.All)).EnumerateArray().Select(static room => room.GetString()!)];

    public async Task<int> CountAsync() => (await RunAsync("count", Target.All)).GetInt32();

    /// <summary>Stops it where it is.</summary>
    public Task SuspendAsync() => _process.StopAsync();

    public Task ResumeAsync() => _process.ContinueAsync();

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<NodeMember> StartScriptAsync(string script, RedisServer redis, params string[] arguments)
    {
        await NodePackages.RequireAsync();
        var process = ChildProcess.Start(script, "node", [script, redis.Url, .. arguments], NodePackages.Directory);
        var listening = await process.NextAsync("listening");
        return new NodeMember(process, listening.GetProperty("port").GetInt32());
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(static item => item.GetRawText())];

    private static FoundSocket Describe(JsonElement socket)
    {
        var (handshake, data) = (socket.GetProperty("handshake"), socket.GetProperty("data"));
        return new FoundSocket(
            socket.GetProperty("id").GetString()!,
            [.. socket.GetProperty("rooms").EnumerateArray().Select(static room => room.GetString()!).Order()],
            data.TryGetProperty("name", out var name) ? name.GetString()! : "",
            data.TryGetProperty("file", out var file) ? Convert.FromBase64String(file.GetProperty("$binary").GetString()!) : [],
            handshake.GetProperty("headers").TryGetProperty("user-agent", out var agent) ? agent.GetString()! : "",
            handshake.GetProperty("auth").GetRawText(),
            handshake.GetProperty("query").GetProperty("from").GetString()!);
    }

    private async Task<JsonElement> RunAsync(string command, Target target, params (string Name, string Json)[] more)
    {
        var parts = more.Select(static part => $",\"{part.Name}\":{part.Json}");
        var rooms = JsonSerializer.Serialize(target.Rooms);
        var except = JsonSerializer.Serialize(target.Except);
        await _process.TellAsync(
            $"{{\"do\":\"{command}\",\"nsp\":\"{target.Namespace}\",\"rooms\":{rooms},\"except\":{except}{string.Concat(parts)}}}");
        return (await _process.NextAsync("done")).GetProperty("result");
    }
}
