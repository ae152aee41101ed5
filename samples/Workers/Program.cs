using Microsoft.AspNetCore.Authentication;
using Stork;
using Stork.Queues;
using Stork.Samples.Workers;

// Documents are dropped on a page, wait in a queue on disk, and are examined by whoever has time: C# in this server, any number of Node.js
// processes, any number of browser tabs. README.md beside this file tells what to try.
//
//     dotnet run --project samples/Workers        then open the address it prints
//
// --urls says where it listens, --data where it keeps all that survives the process.
var builder = WebApplication.CreateSlimBuilder(args);
var data = Path.GetFullPath(builder.Configuration["data"] ?? "data", builder.Environment.ContentRootPath);
builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://localhost:3001");
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
var keys = AccessKeys.LoadOrCreate(data);

builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton(keys);
builder.Services.AddSingleton<WorkerRegistry>();
builder.Services.AddAuthentication(KeyAuthentication.Name)
    .AddScheme<AuthenticationSchemeOptions, KeyAuthentication>(KeyAuthentication.Name, null);
builder.Services.AddAuthorizationBuilder()
    .AddPolicy("operators", static policy => policy.RequireRole(AccessKeys.Operator))
    .AddPolicy("workers", static policy => policy.RequireRole(AccessKeys.Operator, AccessKeys.Worker));
builder.Services.AddSocketIO(options =>
{
    options.DataDirectory = Path.Combine(data, "store");
    options.Store = new QueueStoreOptions { SegmentSize = 16 << 20, MinFreeBytes = 64 << 20 };
    // Short times, so that somebody who looks on sees what happens: a document is dead after its third failure.
    options.ConfigureQueue("documents", static queue => queue with
    {
        MaxMessages = 1000,
        MaxFailures = 2,
        MaxBackoff = TimeSpan.FromSeconds(2),
        DisconnectGrace = TimeSpan.FromSeconds(3),
    });
    // The newest results, for a day.
    options.ConfigureQueue("results", static queue => queue with
    {
        MaxMessages = 200,
        Overflow = Overflow.DropHead,
        TimeToLive = TimeSpan.FromDays(1),
    });
});
builder.Services.AddQueueConsumer<DocumentConsumer>("documents", static options => options.Concurrency = 1);
builder.Services.AddSingleton<StatusBoard>();
builder.Services.AddHostedService(static services => services.GetRequiredService<StatusBoard>());

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.UseWorkersPage();
app.MapSignIn();
app.MapQueueAdmin("/stork").RequireAuthorization("operators");
app.MapPost("/fixed", static (FixedRequest request, WorkerRegistry workers) => workers.SetFixedAsync(request.Fixed))
    .RequireAuthorization("operators");

var io = app.MapSocketIO();
io.Use(KeyAuthentication.RequireKey);
io.MapQueue("documents")
    .FromEvent<Document>("document", static (_, received) => new EnqueueOptions { DedupId = received.Arguments.Get<string>(1) })
    .AllowProducers("operators")
    .AllowConsumers("workers", new SocketConsumerOptions { MaxInFlight = 4, Metadata = DeliveryMetadata.Trailing });
io.MapQueue("results")
    .FromEvent<Result>("result", static (result, _) => new EnqueueOptions { DedupId = result.Job.ToString() })
    .AllowProducers("workers");
io.OnConnection(app.Services.GetRequiredService<WorkerRegistry>().AddAsync);
io.OnConnection(app.Services.GetRequiredService<StatusBoard>().AddWatcherAsync);

await app.StartAsync();
keys.PrintCommands(app.Urls.First());
await app.WaitForShutdownAsync();
