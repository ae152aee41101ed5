using Stork;
using Stork.Samples.Chat;

// A chat for as many browser tabs as you like: dotnet run --project samples/Chat, then http://localhost:3000.
// PORT chooses another port; ASPNETCORE_URLS or --urls other addresses, http://0.0.0.0:3000 to be reached from other machines.
var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseUrls(builder.Configuration["urls"] ?? $"http://localhost:{builder.Configuration["PORT"] ?? "3000"}");
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<Door>();
builder.Services.AddSingleton<ChatRooms>();
builder.Services.AddSocketIO(options =>
{
    // Somebody who is waiting for an answer should learn within seconds that the connection is gone.
    options.PingInterval = TimeSpan.FromSeconds(10);
    options.PingTimeout = TimeSpan.FromSeconds(5);
    options.JsonSerializerOptions = ChatJson.Default.Options;
});

var app = builder.Build();
app.UseChatPage();

var io = app.MapSocketIO();
io.Use(app.Services.GetRequiredService<Door>().AdmitAsync);
io.OnConnection<ChatHub>();

await app.RunAsync();
