// recovery-host <redis> <prefix>: a server over streams whose clients recover on any server, in a process of its own, which tests kill. It
// listens on a free port of 127.0.0.1, and says where in one line of JSON. Clients name themselves and their rooms when they connect.
using System.Text.Json;
using Stork;
using Stork.Redis;

if (args is not [var redis, var prefix])
{
    await Console.Error.WriteLineAsync("usage: recovery-host <redis> <prefix>");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddSocketIO(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions())
    .UseRedis(redis, options => (options.KeyPrefix, options.Mode) = (prefix, RedisAdapterMode.Streams));
var app = builder.Build();
var io = app.MapSocketIO();
io.OnConnection(static async socket =>
{
    if (socket.Recovered) return;
    var auth = socket.Handshake.GetAuth<JsonElement>();
    socket.Data["name"] = auth.GetProperty("name").GetString();
    foreach (var room in auth.GetProperty("rooms").EnumerateArray()) await socket.JoinAsync(room.GetString()!);
});
await app.StartAsync();
Console.WriteLine($$"""{"report":"listening","url":"{{app.Urls.Single()}}"}""");
await app.WaitForShutdownAsync();
await app.DisposeAsync();
return 0;
