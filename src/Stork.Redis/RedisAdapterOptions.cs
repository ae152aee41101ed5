namespace Stork.Redis;

/// <summary>How a server works with others over Redis. Checked when the application starts, and read once.</summary>
public sealed class RedisAdapterOptions
{
    internal const int LongestKeyPrefix = 128;

    /// <summary>By what means of Redis servers speak to each other. Default <see cref="RedisAdapterMode.PubSub"/>.</summary>
    public RedisAdapterMode Mode { get; set; } = RedisAdapterMode.PubSub;

    /// <summary>In mode <see cref="RedisAdapterMode.Sharded"/>: which rooms have channels of their own. Default
    /// <see cref="RedisSubscriptionMode.Dynamic"/>, as the original.</summary>
    public RedisSubscriptionMode SubscriptionMode { get; set; } = RedisSubscriptionMode.Dynamic;

    /// <summary>What the names of all channels begin with: servers and emitters with the same one are a cluster. The official one is
    /// <c>key</c>, or <c>channelPrefix</c> of the sharded form. Default <c>socket.io</c>; 1 to 128 characters. Two clusters on one Redis
    /// need different ones, whatever databases they use: channels know no databases.</summary>
    public string KeyPrefix { get; set; } = "socket.io";

    /// <summary>How long the answers of other servers are awaited where the call says nothing else. Default 5 s, as the original; 1 ms to 1
    /// day.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a new namespace waits for Redis; after that its clients may join all the same, and hear of other servers once
    /// Redis is there. So long, too, a socket waits that joins a room with a channel of its own. Default 5 s; 0 to 5 minutes.</summary>
    public TimeSpan OpenTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether answers go to the server that asked, alone; the official option is <c>publishOnSpecificResponseChannel</c>. Default
    /// true. Without, all servers get all answers, as those of <c>@socket.io/redis-adapter</c> before 7.1 expect. Only of mode
    /// <see cref="RedisAdapterMode.PubSub"/>; in the others it is always so.</summary>
    public bool AnswerOnOwnChannel { get; set; } = true;

    /// <summary>Requests of a namespace that may wait for answers at the same time, beyond which they throw; and as many of other servers
    /// that are being answered, beyond which they are dropped and counted. Default 10,000; at least 1.</summary>
    public int MaxPendingRequests { get; set; } = 10_000;

    /// <summary>Messages of a namespace that may be on their way to Redis, as while it is away; beyond, they are dropped and counted.
    /// Default 10,000; at least 1.</summary>
    public int MaxPendingMessages { get; set; } = 10_000;

    /// <summary>Bytes of one message from Redis; longer ones are dropped and counted. Default 64 MiB, enough for the answer of a server
    /// with 50,000 sockets to <c>FetchSocketsAsync</c>; at least 1 KiB.</summary>
    public int MaxMessageSize { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes of messages of a namespace that have come and wait to be handled, since Redis cannot be asked to wait; beyond, they
    /// are dropped and counted. One message may always wait; each counts 128 bytes more than it
    /// has. Default 64 MiB; at least 64 KiB.</summary>
    public int MaxQueuedBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How streams are used.</summary>
    public RedisStreamsOptions Streams { get; set; } = new();

    internal string StreamName => Streams.StreamName ?? KeyPrefix;

    internal ClusterAdapterOptions ToClusterOptions() => new()
    {
        Heartbeats = false,
        RequestTimeout = RequestTimeout,
        MaxPendingRequests = MaxPendingRequests,
        MaxPendingMessages = MaxPendingMessages,
        MaxMessageSize = MaxMessageSize,
    };

    /// <summary>What is wrong, one sentence each.</summary>
    internal IEnumerable<string> FindFaults()
    {
        if (!Enum.IsDefined(Mode)) yield return Describe(nameof(Mode), "one of its names");
        if (!Enum.IsDefined(SubscriptionMode)) yield return Describe(nameof(SubscriptionMode), "one of its names");
        if (string.IsNullOrEmpty(KeyPrefix) || KeyPrefix.Length > LongestKeyPrefix)
            yield return Describe(nameof(KeyPrefix), "1 to 128 characters");
        if (!IsBetween(RequestTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)))
            yield return Describe(nameof(RequestTimeout), "1 ms to 1 day");
        if (!IsBetween(OpenTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(5))) yield return Describe(nameof(OpenTimeout), "0 to 5 minutes");
        if (MaxPendingRequests < 1) yield return Describe(nameof(MaxPendingRequests), "at least 1");
        if (MaxPendingMessages < 1) yield return Describe(nameof(MaxPendingMessages), "at least 1");
        if (MaxMessageSize < 1024) yield return Describe(nameof(MaxMessageSize), "at least 1 KiB");
        foreach (var fault in Streams.FindFaults()) yield return fault;
        if (MaxQueuedBytes < 64 * 1024) yield return Describe(nameof(MaxQueuedBytes), "at least 64 KiB");
    }

    private static bool IsBetween(TimeSpan time, TimeSpan least, TimeSpan most) => time >= least && time <= most;

    private static string Describe(string name, string range) => $"{nameof(RedisAdapterOptions)}.{name} is out of its range: {range}.";
}
