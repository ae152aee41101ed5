using StackExchange.Redis;
using Stork.Samples.Chat;
using Stork.Samples.Cluster;

// One of several servers of the chat; samples/Cluster/run.sh starts them all.
// --urls says where it listens, --redis where Redis is, --name what it is called on the page.
var builder = WebApplication.CreateSlimBuilder(args);
var redis = builder.Configuration["redis"] ?? "127.0.0.1:6379";
builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://127.0.0.1:8081");
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton(new ServerName(builder.Configuration["name"] ?? "Stork"));
builder.Services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect($"{redis},abortConnect=false"));
builder.Services.AddSingleton<MessageHistory>();
builder.Services.AddSingleton<Presence>();
builder.Services.AddSocketIO(options =>
{
    options.PingInterval = TimeSpan.FromSeconds(10);
    options.PingTimeout = TimeSpan.FromSeconds(5);
    options.JsonSerializerOptions = ChatJson.Default.Options;
}).UseRedis(redis);
builder.Services.AddHealthChecks().AddStorkRedis();

var app = builder.Build();
app.MapHealthChecks("/health");
var io = app.MapSocketIO();
io.Use(TabIdentity.IntroduceAsync);
io.OnConnection<ClusterHub>();
await app.RunAsync();
