// conformance-host <role> <port>: the servers the official protocol test suites expect, on 127.0.0.1.
//   eio   Engine.IO v4 alone at /engine.io/, every message goes back to its sender
//   sio   Socket.IO v5 at /socket.io/, namespaces "/" and "/custom"
// conformance-host inbox <port> <directory>: inboxes in a directory, to be killed and started again
using Stork;
using Stork.ConformanceHost;

if (args is not [var role, var portText, ..] || args.Length != (role == InboxRole.Name ? 3 : 2) || !int.TryParse(portText, out var port))
{
    await Console.Error.WriteLineAsync("usage: conformance-host <eio|sio> <port>, or inbox <port> <directory>");
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
    if (role == InboxRole.Name) InboxRole.Configure(options, args[2]);
    options.Cors = new Microsoft.AspNetCore.Cors.Infrastructure.CorsPolicyBuilder().AllowAnyOrigin().AllowAnyHeader().AllowAnyMethod().Build();
});
if (role == InboxRole.Name) builder.Services.AddSingleton<IInboxIdentityResolver, InboxRole.AuthResolver>();
var app = builder.Build();
switch (role)
{
    case "eio":
        EngineRole.Map(app);
        break;
    case "sio":
        SocketRole.Map(app);
        break;
    case InboxRole.Name:
        InboxRole.Map(app, args[2]);
        break;
    default:
        await Console.Error.WriteLineAsync($"unknown role \"{role}\"; there are: eio, sio, inbox");
        return 2;
}

await app.StartAsync();
// One line of JSON when clients may come, for scripts that wait for it.
Console.WriteLine($$"""{"report":"listening","role":"{{role}}","url":"http://127.0.0.1:{{port}}"}""");
await app.WaitForShutdownAsync();
return 0;
