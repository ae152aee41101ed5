using Stork.Redis;
using Stork.Redis.EmitterHost;

// emitter-host <redis> <key>
//
// A program that is no server: does once whatever emitters can do, to all clients, and ends. It can be published trimmed.

var options = new RedisEmitterOptions { KeyPrefix = args[1], JsonSerializerOptions = HostJson.Default.Options };
await using var io = await RedisEmitter.ConnectAsync(args[0], options);
await io.EmitAsync("emitted", new byte[] { 1, 2, 3 }, new Dictionary<string, int> { ["id"] = 7 });
await io.SocketsJoinAsync("room");
await io.To("room").Volatile.Compress(false).EmitAsync("joined");
await io.In("room").SocketsLeaveAsync("room");
await io.To("room").EmitAsync("left");
await io.Except("room").EmitAsync("still here");
await io.ServerSideEmitAsync("news", 1, 2);
await io.DisconnectSocketsAsync();
