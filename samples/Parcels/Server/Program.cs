// The office between shops, which have parcels to be picked up, and drivers, who take and deliver them. Anybody may be away, and the
// office itself may be killed at any moment: what somebody has to know waits in that one's inbox.
//
//     dotnet run --project samples/Parcels/Server -- invite shop bakery     makes a token for the console of a shop, or of a driver
//     dotnet run --project samples/Parcels/Server                           http://localhost:3100
//
// --urls says where it listens, --data where it keeps everything: secret, tokens and store.
using Stork;
using Stork.Queues;
using Stork.Samples.Parcels;

var builder = WebApplication.CreateSlimBuilder(args);
var directory = Path.GetFullPath(builder.Configuration["data"] ?? "../data", builder.Environment.ContentRootPath);
var authentication = new TokenAuthentication(directory);
if (args is ["invite", var role, var name, ..]) return authentication.WriteToken(role, name);

builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://localhost:3100");
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.AddSingleton<IInboxIdentityResolver>(authentication);
builder.Services.AddSocketIO(options =>
{
    options.DataDirectory = Path.Combine(directory, "store");
    options.Store = new QueueStoreOptions { MinFreeBytes = 64 << 20 };
    // Every message comes with its id, by which a console knows one that comes again.
    options.Inbox = new InboxOptions { Metadata = DeliveryMetadata.Trailing };
});

var app = builder.Build();
var io = app.MapSocketIO();
using var office = await Office.OpenAsync(io);

io.Use(authentication.AuthenticateAsync);

// Consoles send a command again until it is answered. Its first argument is an id, by which it is carried out once.
foreach (var command in new[] { "pickup", "take", "deliver" }) io.HandleOnce(command, received => received.Arguments.Get<string>(0));

io.OnConnection(async socket =>
{
    var member = TokenAuthentication.MemberOf(socket);
    if (member.Role == "shop")
    {
        socket.On("pickup", (string id, string what, string where) => office.AnnounceAsync(member.Name, id, what, where));
        return;
    }

    socket.On("take", (string id, long parcel) => office.TakeAsync(member.Name, parcel));
    socket.On("deliver", (string id, long parcel) => office.DeliverAsync(member.Name, parcel));
    await office.AddDriverAsync(member.Name);
});

await app.RunAsync();
// After a failed write nobody knows what is on disk; then this is not 0, and started again, the office finds out.
return Environment.ExitCode;
