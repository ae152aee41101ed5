namespace Stork.Redis;

/// <summary>How streams are used where <see cref="RedisAdapterOptions.Mode"/> says so. The official option is named where it is called
/// otherwise; all servers of a cluster need the same.</summary>
public sealed class RedisStreamsOptions
{
    /// <summary>The name of the stream, or what the names of all begin with. Null (default) for
    /// <see cref="RedisAdapterOptions.KeyPrefix"/>, which is <c>socket.io</c> by default as in the original; 1 to 128 characters.</summary>
    public string? StreamName { get; set; }

    /// <summary>Streams over which namespaces are spread, each with a connection of its own to be read by; more than one is for a Redis
    /// Cluster. Default 1; 1 to 64.</summary>
    public int StreamCount { get; set; } = 1;

    /// <summary>Entries that stay in a stream, about: what a server that is cut off from Redis, or a client that comes back, may have
    /// missed. The official option is <c>maxLen</c>. Default 10,000; 100 to 10,000,000.</summary>
    public int MaxLength { get; set; } = 10_000;

    /// <summary>Entries that are read at once. Default 100, as in the original; 1 to 10,000.</summary>
    public int ReadCount { get; set; } = 100;

    /// <summary>Entries that are looked through for one client that comes back; where there are more, it connects anew. Default 100,000; at
    /// least 1.</summary>
    public int MaxScannedEntries { get; set; } = 100_000;

    /// <summary>Whether requests and answers go over sharded publish/subscribe, for a Redis Cluster of version 7 or later; the official
    /// option is <c>useShardedPubSub</c>. Default false.</summary>
    public bool ShardedPubSub { get; set; }

    /// <summary>What the keys begin with under which official servers leave sessions, and take over those of Stork's clients. Default
    /// <c>sio:session:</c>; 1 to 128 characters.</summary>
    public string SessionKeyPrefix { get; set; } = "sio:session:";

    internal IEnumerable<string> FindFaults()
    {
        if (StreamName is { } name && name.Length is 0 or > 128) yield return Describe(nameof(StreamName), "null, or 1 to 128 characters");
        if (StreamCount is < 1 or > 64) yield return Describe(nameof(StreamCount), "1 to 64");
        if (MaxLength is < 100 or > 10_000_000) yield return Describe(nameof(MaxLength), "100 to 10,000,000");
        if (ReadCount is < 1 or > 10_000) yield return Describe(nameof(ReadCount), "1 to 10,000");
        if (MaxScannedEntries < 1) yield return Describe(nameof(MaxScannedEntries), "at least 1");
        if (string.IsNullOrEmpty(SessionKeyPrefix) || SessionKeyPrefix.Length > 128)
            yield return Describe(nameof(SessionKeyPrefix), "1 to 128 characters");
    }

    private static string Describe(string name, string range) => $"{nameof(RedisStreamsOptions)}.{name} is out of its range: {range}.";
}
