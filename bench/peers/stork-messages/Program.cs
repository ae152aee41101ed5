// Inboxes and a work queue as their documentation sets them up: <port> <data directory> <durability>.
using System.Diagnostics;
using Stork;
using Stork.Messages.Peer;
using Stork.Queues;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
builder.Services.AddSocketIO(options =>
{
    options.DataDirectory = args[1];
    options.Store = options.Store with { Durability = Enum.Parse<Durability>(args[2], ignoreCase: true) };
});
builder.Services.AddSingleton<IInboxIdentityResolver, TrustingIdentities>();
var app = builder.Build();
var text = string.Concat(Enumerable.Repeat("abcdefghijklmnopqrstuvwxyz", 5));

var io = app.MapSocketIO();
io.MapInbox(received => received.Arguments.Get<string>(0)).FromEvent("note");
io.MapQueue("jobs").FromEvent("job").AllowProducers(_ => ValueTask.FromResult(true));
io.OnConnection(async socket =>
{
    var login = socket.Handshake.GetAuth<Login>();
    if (login?.User is { } user) await socket.JoinAsync(user);
    if (login is { Jobs: > 0 }) await socket.ConsumeAsync("jobs", login.Jobs);
    socket.On("fill", (int first, int count, int users) =>
        Task.WhenAll(Enumerable.Range(first, count).Select(number => EmitAsync(number, users))));
    socket.On("emit", (int first, int count, int users) => Emit(first, count, users, EmitAsync));
    socket.On("emit batch", (int first, int count, int users) => EmitBatch(first, count, users));
    socket.On("emit volatile", (int first, int count, int users) => Emit(first, count, users, EmitVolatileAsync));
    // Asked behind an acknowledgement: the store answers when it has taken that.
    socket.On("settled", async () =>
    {
        if (login?.User is { } own) await io.Inbox(own).Queue.GetStatisticsAsync();
        return true;
    });
    socket.On("allocated", () => GC.GetTotalAllocatedBytes());
    socket.On("waiting", async () => (await io.Store!.ListQueuesAsync()).Sum(static queue => queue.Ready + queue.InFlight));
});
app.Run();

// A message to one of the users, all in turn.
Task EmitAsync(int number, int users)
{
    var (user, digits, at) = Describe(number, users);
    return io.Inbox(user).EmitAsync("note", [user, digits, at, text]);
}

// Messages handed to the store together.
void EmitBatch(int first, int count, int users)
{
    var messages = new PreparedMessage[count];
    for (var i = 0; i < count; i++)
    {
        var (user, digits, at) = Describe(first + i, users);
        messages[i] = io.Inbox(user).Prepare("note", user, digits, at, text);
    }

    _ = FailLoudlyAsync(io.StoreAsync(messages));
}

Task EmitVolatileAsync(int number, int users)
{
    var (user, digits, at) = Describe(number, users);
    return io.To(user).EmitAsync("note", [user, digits, at, text]).AsTask();
}

static (string User, string Number, string At) Describe(int number, int users) =>
    ($"u{number % users:D5}", $"{number:D9}", $"{Stopwatch.GetTimestamp():D17}");

// Not awaited, so that the next request need not wait for the sync of this one.
static void Emit(int first, int count, int users, Func<int, int, Task> emit)
{
    for (var number = first; number < first + count; number++)
    {
        var emitting = emit(number, users);
        if (!emitting.IsCompletedSuccessfully) _ = FailLoudlyAsync(emitting);
    }
}

static async Task FailLoudlyAsync(Task emitting)
{
    try
    {
        await emitting;
    }
    catch (QueueException failure)
    {
        Environment.FailFast(failure.Message);
    }
}
