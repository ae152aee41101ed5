// SignalR as its documentation sets it up, default options, nothing else in the process.
using Stork.SignalR.Peer;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
builder.Services.AddSignalR();
var app = builder.Build();

app.MapHub<BenchHub>("/hub");

app.Run();
