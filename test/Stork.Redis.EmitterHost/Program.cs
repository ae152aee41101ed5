using Stork.Redis;

// emitter-host <redis> <key>
//
// A program that is no server: does once whatever emitters can do, to all clients, and ends.

await using var io = await RedisEmitter.ConnectAsync(args[0], new RedisEmitterOptions { KeyPrefix = args[1] });
await io.EmitAsync("emitted", new byte[] { 1, 2, 3 }, new Dictionary<string, int> { ["id"] = 7 });
await io.SocketsJoinAsync("room");
await io.To("room").Volatile.Compress(false).EmitAsync("joined");
await io.In("room").SocketsLeaveAsync("room");
await io.To("room").EmitAsync("left");
await io.Except("room").EmitAsync("still here");
await io.ServerSideEmitAsync("news", 1, 2);
await io.DisconnectSocketsAsync();
