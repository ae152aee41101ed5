// conformance-host <role>[+msgpack] <port> [ping timeout in ms] [directory]: the servers the official protocol test suites expect, on
// 127.0.0.1.
//   eio        Engine.IO v4 alone at /engine.io/, every message goes back to its sender
//   sio        Socket.IO v5 at /socket.io/, namespaces "/" and "/custom"
//   recovery   Socket.IO with connection state recovery; with a directory, also after the process was killed
//   inbox      inboxes in a directory, to be killed and started again
//   work       work queues in a directory, likewise
//   faults     a work queue in a directory, and a health check
// With +msgpack, it speaks MessagePack.
// The suites expect a ping timeout of 200 ms; for other tests it is too short on a busy machine.
using Stork;
using Stork.ConformanceHost;
using Stork.MessagePack;

if (args is not [var roleAndParser, var portText, .. { Length: <= 2 } rest] || !int.TryParse(portText, out var port))
{
    await Console.Error.WriteLineAsync(
        "usage: conformance-host <eio|sio|recovery|inbox|work|faults>[+msgpack] <port> [ping timeout in ms] [directory]");
    return 2;
}

var role = roleAndParser.Split('+')[0];
var pingTimeout = 200;
string? directory = null;
foreach (var argument in rest)
{
    if (int.TryParse(argument, out var milliseconds)) pingTimeout = milliseconds;
    else directory = argument;
}

if (role is InboxRole.Name or WorkRole.Name or FaultRole.Name && directory is null)
{
    await Console.Error.WriteLineAsync($"the role {role} needs a directory");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
builder.Services.AddSocketIO(options =>
{
    if (roleAndParser.EndsWith("+msgpack", StringComparison.Ordinal)) options.Parser = new MessagePackParser();
    options.PingInterval = TimeSpan.FromMilliseconds(300);
    options.PingTimeout = TimeSpan.FromMilliseconds(pingTimeout);
    options.ConnectTimeout = TimeSpan.FromSeconds(1);
    if (role == InboxRole.Name) InboxRole.Configure(options, directory!);
    if (role == WorkRole.Name) WorkRole.Configure(options, directory!);
    if (role == FaultRole.Name) FaultRole.Configure(options, directory!);
    options.Cors = new Microsoft.AspNetCore.Cors.Infrastructure.CorsPolicyBuilder()
        .AllowAnyOrigin().AllowAnyHeader().AllowAnyMethod().Build();
    if (role == "recovery") RecoveryRole.Configure(options, directory);
});
if (role is InboxRole.Name or WorkRole.Name) builder.Services.AddSingleton<IInboxIdentityResolver, InboxRole.AuthResolver>();
if (role == FaultRole.Name) builder.Services.AddHealthChecks().AddStorkStore();
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
    case InboxRole.Name:
        InboxRole.Map(app, directory!);
        break;
    case WorkRole.Name:
        WorkRole.Map(app, directory!);
        break;
    case FaultRole.Name:
        FaultRole.Map(app);
        break;
    default:
        await Console.Error.WriteLineAsync($"unknown role \"{role}\"; there are: eio, sio, recovery, inbox, work, faults");
        return 2;
}

await app.StartAsync();
// One line of JSON when clients may come, for scripts that wait for it.
Console.WriteLine($$"""{"report":"listening","role":"{{role}}","url":"http://127.0.0.1:{{port}}"}""");
await app.WaitForShutdownAsync();
await app.DisposeAsync();
return Environment.ExitCode;
