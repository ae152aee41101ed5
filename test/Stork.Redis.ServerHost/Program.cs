// server-host <redis> <prefix>: a server of a cluster in a process of its own, which tests kill and stop where it is. It listens on a
// free port of 127.0.0.1, and says where in one line of JSON. Clients name their rooms when they connect, and may say something to a room.
using System.Text.Json;

if (args is not [var redis, var prefix])
{
    await Console.Error.WriteLineAsync("usage: server-host <redis> <prefix>");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddSocketIO().UseRedis(redis, options => options.KeyPrefix = prefix);
var app = builder.Build();
var io = app.MapSocketIO();
io.Use(static socket =>
{
    var auth = socket.Handshake.GetAuth<JsonElement?>();
    var rooms = auth?.TryGetProperty("rooms", out var names) == true ? names.Deserialize<string[]>() : null;
    return socket.JoinAsync(rooms ?? []);
});
io.OnConnection(socket => socket.On("say", (string room, string text) => io.To(room).EmitAsync("said", text)));
io.OnServerSide("sum", static arguments => Task.FromResult(new { sum = arguments.Get<int>(0) + arguments.Get<int>(1) }));
await app.StartAsync();
Console.WriteLine($$"""{"report":"listening","url":"{{app.Urls.Single()}}"}""");
await app.WaitForShutdownAsync();
await app.DisposeAsync();
return 0;
