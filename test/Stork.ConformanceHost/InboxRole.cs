using System.Text;
using System.Text.Json;
using Stork.Durable.Inboxes;
using Stork.Queues;

namespace Stork.ConformanceHost;

/// <summary>
/// Inboxes for clients that say themselves who they are, as nobody should outside of tests. "produce"(inbox, id, …) is stored,
/// "order"(id) is handled once and leaves a line in effects.txt, "unsettled"(inbox) is answered with the ids that wait.
/// </summary>
internal static class InboxRole
{
    public const string Name = "inbox";

    private static readonly Lock Writing = new();

    public static void Configure(SocketIOOptions options, string directory)
    {
        options.DataDirectory = directory;
        options.Store = new QueueStoreOptions { SegmentSize = 4 << 20, MinFreeBytes = 0 };
        options.PingInterval = TimeSpan.FromSeconds(1);
        options.PingTimeout = TimeSpan.FromSeconds(1);
        options.ConnectTimeout = TimeSpan.FromSeconds(5);
    }

    public static void Map(WebApplication app, string directory)
    {
        var io = app.MapSocketIO();
        var effects = Path.Combine(directory, "effects.txt");
        io.MapInbox(received => received.Arguments.Get<string>(0))
            .FromEvent("produce").DeduplicateBy(received => received.Arguments.Get<string>(1));
        io.HandleOnce("order", received => received.Arguments.Get<string>(0));
        io.OnConnection(socket =>
        {
            socket.On("order", (string id) =>
            {
                lock (Writing) File.AppendAllText(effects, id + "\n");
                return "done " + id;
            });
            socket.On("unsettled", async (string inbox) => await FindUnsettledAsync(io.Inbox(inbox)));
        });
    }

    private static async Task<string[]> FindUnsettledAsync(Inbox inbox)
    {
        var waiting = await inbox.Queue.BrowseAsync(new BrowseOptions { WithBody = true, Limit = 1000 });
        return
        [
            .. waiting.Select(message =>
            {
                var json = Encoding.UTF8.GetString(InboxBody.Read(message.Body!).Json);
                return JsonDocument.Parse(json).RootElement[2].GetString()!;
            }),
        ];
    }

    internal sealed class AuthResolver : IInboxIdentityResolver
    {
        public ValueTask<InboxIdentity?> ResolveAsync(Socket socket) =>
            new(socket.Handshake.Auth.TryGetProperty("user", out var user) ? new InboxIdentity(user.GetString()!) : null);
    }
}
