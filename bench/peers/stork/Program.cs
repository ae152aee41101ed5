// Stork as its documentation sets it up, default options, nothing else in the process.
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
var services = builder.Services.AddSocketIO();
if (Environment.GetEnvironmentVariable("REDIS_PORT") is { } redis)
    services.UseRedis($"127.0.0.1:{redis}");
var app = builder.Build();

var io = app.MapSocketIO();
io.OnConnection(socket =>
{
    socket.On("echo", (string text) => text);
    socket.On("binary", (byte[] bytes) => bytes);
    socket.On("publish", (string text) => io.EmitAsync("news", text));
    socket.On("join", (string room) => socket.JoinAsync(room));
    socket.On("publish-to", (string room, string text) => io.To(room).EmitAsync("news", text));
    socket.On("fetch", async () => (await io.FetchSocketsAsync()).Count);
});
io.Of((name, _) => ValueTask.FromResult(name is ['/', 'n', _, _, _, _]))
    .OnConnection(socket => socket.On("echo", (string text) => text));

app.Run();
