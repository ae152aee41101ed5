using Stork;
using Stork.Queues;
using Stork.Samples.Chat;

// A chat for as many browser tabs as you like, in which nothing is missed: dotnet run --project samples/Chat, then http://localhost:3000.
// --urls says where it listens, http://0.0.0.0:3000 to be reached from other machines; --data where it keeps all that survives the process.
var builder = WebApplication.CreateSlimBuilder(args);
var data = Path.GetFullPath(builder.Configuration["data"] ?? "data", builder.Environment.ContentRootPath);
builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://localhost:3000");
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
// It warns that the key of the cookies is a readable file; so are the messages beside it.
builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
builder.Services.AddVisitors(Path.Combine(data, "keys"));
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<NameRegistry>();
builder.Services.AddSingleton<ChatAuthentication>();
builder.Services.AddSingleton<IInboxIdentityResolver>(static services => services.GetRequiredService<ChatAuthentication>());
builder.Services.AddSingleton<Archive>();
builder.Services.AddSingleton<ChatRooms>();
builder.Services.AddSocketIO(options =>
{
    // Somebody who is waiting for an answer should learn within seconds that the connection is gone.
    options.PingInterval = TimeSpan.FromSeconds(10);
    options.PingTimeout = TimeSpan.FromSeconds(5);
    options.JsonSerializerOptions = ChatJson.Default.Options;
    options.DataDirectory = Path.Combine(data, "store");
    options.Store = new QueueStoreOptions { SegmentSize = 8 << 20, MinFreeBytes = 64 << 20, Configure = Archive.OptionsOf };
    options.InboxQueue = Archive.Inboxes;
    options.Inbox = new InboxOptions { SyncedEvent = "synced" };
});

var app = builder.Build();
app.UseVisitors();
app.UseChatPage();

var io = app.MapSocketIO();
io.Use(app.Services.GetRequiredService<ChatAuthentication>().AuthenticateAsync);
io.OnConnection<ChatHub>();

await app.Services.GetRequiredService<ChatRooms>().RestoreAsync();
Console.WriteLine($"Everything is kept in {data}; end it with kill -9 {Environment.ProcessId}, and start it again.");
await app.RunAsync();
