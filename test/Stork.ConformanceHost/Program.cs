// conformance-host <role> <port> [directory]: the servers the official protocol test suites expect, on 127.0.0.1.
//   eio   Engine.IO v4 alone at /engine.io/, every message goes back to its sender
//   sio   Socket.IO v5 at /socket.io/, namespaces "/" and "/custom"
//   recovery   Socket.IO with connection state recovery; with a directory, also after the process was killed
using Stork.ConformanceHost;

if (args is not [var role, var portText, .. var rest] || rest.Length > 1 || !int.TryParse(portText, out var port))
{
    await Console.Error.WriteLineAsync("usage: conformance-host <eio|sio|recovery> <port> [directory]");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
builder.Services.AddSocketIO(options =>
{
    options.PingInterval = TimeSpan.FromMilliseconds(300);
    options.PingTimeout = TimeSpan.FromMilliseconds(200);
    options.ConnectTimeout = TimeSpan.FromSeconds(1);
    options.Cors = new Microsoft.AspNetCore.Cors.Infrastructure.CorsPolicyBuilder().AllowAnyOrigin().AllowAnyHeader().AllowAnyMethod().Build();
    if (role == "recovery") RecoveryRole.Configure(options, rest.FirstOrDefault());
});
var app = builder.Build();
switch (role)
{
    case "eio":
        EngineRole.Map(app);
        break;
    case "sio":
        SocketRole.Map(app);
        break;
    case "recovery":
        RecoveryRole.Map(app);
        break;
    default:
        await Console.Error.WriteLineAsync($"unknown role \"{role}\"; there are: eio, sio, recovery");
        return 2;
}

await app.StartAsync();
// One line of JSON when clients may come, for scripts that wait for it.
Console.WriteLine($$"""{"report":"listening","role":"{{role}}","url":"http://127.0.0.1:{{port}}"}""");
await app.WaitForShutdownAsync();
return 0;
