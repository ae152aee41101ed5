using System.Text.Json;
using Stork.Queues;

namespace Stork.Samples.Chat;

/// <summary>
/// What of the rooms survives the server, in the store that also keeps the inboxes: of each room the latest messages, in a queue that
/// nobody takes from, and who belongs to it. All of it goes by itself once it is old.
/// </summary>
internal sealed class Archive
{
    /// <summary>How long a message waits for a tab, is part of a room's history, and is known again if it is sent once more.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const string Members = "members";
    private const string RoomPrefix = "room:";
    private const long MaxBytesPerRoom = 16 << 20;

    private readonly QueueStore _store;

    public Archive(SocketIOServer io) => _store = io.Store!;

    /// <summary>Every inbox: one place for each tab, the oldest makes room, and a tab that does not return is forgotten.</summary>
    public static QueueOptions Inboxes { get; } = QueueOptions.Inbox with
    {
        Fanout = Fanout.PerDevice,
        TimeToLive = Lifetime,
        DedupWindow = Lifetime,
        Overflow = Overflow.DropHead,
        RemoveIdleDeviceAfter = TimeSpan.FromDays(2),
        RemoveIdleAfter = Lifetime,
    };

    /// <summary>For <see cref="QueueStoreOptions.Configure"/>.</summary>
    public static QueueOptions? OptionsOf(QueueKind kind, string name)
    {
        if (kind != QueueKind.Work) return null;
        if (name == Members) return QueueOptions.Work with { TimeToLive = Lifetime };
        if (!name.StartsWith(RoomPrefix, StringComparison.Ordinal)) return null;
        return QueueOptions.Work with
        {
            MaxMessages = ChatRules.MaxMessagesPerRoom,
            MaxBytes = MaxBytesPerRoom,
            Overflow = Overflow.DropHead,
            TimeToLive = Lifetime,
            DedupWindow = Lifetime,
            RemoveIdleAfter = 2 * Lifetime,
        };
    }

    /// <returns>The message's number in its room: the one it has already, if it was stored before.</returns>
    public async Task<long> AddAsync(ChatMessage message)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, ChatJson.Default.ChatMessage);
        return (await RoomOf(message.Room).EnqueueAsync(new Message(body) { DedupId = message.UniqueId })).Sequence;
    }

    /// <summary>A later word about the same person and room replaces the one before.</summary>
    public Task SetMembershipAsync(Membership membership) => _store.Queue(Members).EnqueueAsync(
        new Message(JsonSerializer.SerializeToUtf8Bytes(membership, ChatJson.Default.Membership))
        {
            CollapseKey = $"{membership.Room}/{membership.Person.Id}",
        });

    public Task ClearAsync(string room) => RoomOf(room).PurgeAsync();

    public async Task<List<ChatMessage>> ReadMessagesAsync()
    {
        List<ChatMessage> messages = [];
        foreach (var queue in await _store.ListQueuesAsync())
        {
            if (queue.Kind != QueueKind.Work || !queue.Name.StartsWith(RoomPrefix, StringComparison.Ordinal)) continue;
            foreach (var stored in await ReadAsync(_store.Queue(queue.Name)))
                messages.Add(JsonSerializer.Deserialize(stored.Body, ChatJson.Default.ChatMessage)! with { Number = stored.Sequence });
        }

        return messages;
    }

    public async Task<List<Membership>> ReadMembersAsync()
    {
        var memberships = (await ReadAsync(_store.Queue(Members))).Select(static stored =>
            JsonSerializer.Deserialize(stored.Body, ChatJson.Default.Membership)!);
        return [.. memberships.Where(static membership => !membership.IsOver)];
    }

    private static async Task<List<MessageInfo>> ReadAsync(MessageQueue queue)
    {
        List<MessageInfo> all = [];
        IReadOnlyList<MessageInfo> some;
        do
        {
            var from = all.Count == 0 ? 0 : all[^1].Sequence + 1;
            some = await queue.BrowseAsync(new BrowseOptions { FromSequence = from, Limit = BrowseOptions.MaxLimit, WithBody = true });
            all.AddRange(some);
        }
        while (some.Count == BrowseOptions.MaxLimit);
        return all;
    }

    private MessageQueue RoomOf(string room) => _store.Queue(RoomPrefix + room);
}
