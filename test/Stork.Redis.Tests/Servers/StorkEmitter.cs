using System.Text.Json;

namespace Stork.Redis.Tests.Servers;

/// <summary>Our own emitter.</summary>
internal sealed class StorkEmitter(RedisEmitter emitter) : IEmitter
{
    public static async Task<StorkEmitter> StartAsync(RedisServer redis, string key, RedisAdapterMode mode = RedisAdapterMode.PubSub) =>
        new(await RedisEmitter.ConnectAsync(redis.Configuration, new RedisEmitterOptions { KeyPrefix = key, Mode = mode }));

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

    public Task JoinAsync(Target target, params string[] rooms) => Select(target).SocketsJoinAsync(rooms).AsTask();

    public Task LeaveAsync(Target target, params string[] rooms) => Select(target).SocketsLeaveAsync(rooms).AsTask();

    public Task DisconnectAsync(Target target, bool close) => Select(target).DisconnectSocketsAsync(close).AsTask();

    public Task ServerEmitAsync(string arguments)
    {
        var all = Values.Read(arguments);
        return emitter.ServerSideEmitAsync(Name(all), all[1..]).AsTask();
    }

    public ValueTask DisposeAsync() => emitter.DisposeAsync();

    private static string Name(object?[] arguments) => ((JsonElement)arguments[0]!).GetString()!;

    private RedisBroadcastOperator Select(Target target) => emitter.Of(target.Namespace).In(target.Rooms).Except(target.Except);
}
