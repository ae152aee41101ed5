using System.Text.Json;

namespace Stork.Redis;

/// <summary>How a <see cref="RedisEmitter"/> works. Checked and read once, when it is made.</summary>
public sealed class RedisEmitterOptions
{
    /// <summary>What the names of all channels begin with; the same as that of the servers (<see cref="RedisAdapterOptions.KeyPrefix"/>,
    /// the official <c>key</c>). Default <c>socket.io</c>; 1 to 128 characters.</summary>
    public string KeyPrefix { get; set; } = "socket.io";

    /// <summary>By what means of Redis the servers speak to each other (<see cref="RedisAdapterOptions.Mode"/>): those of another one do
    /// not hear it. Default <see cref="RedisAdapterMode.PubSub"/>, in which it speaks as the official emitter.</summary>
    public RedisAdapterMode Mode { get; set; } = RedisAdapterMode.PubSub;

    /// <summary>How streams are written in mode <see cref="RedisAdapterMode.Streams"/>: the same as
    /// <see cref="RedisAdapterOptions.Streams"/> of the servers. What is about reading and sessions does not matter here.</summary>
    public RedisStreamsOptions Streams { get; set; } = new();

    /// <summary>How arguments become JSON; null for the defaults of servers. Where there is no reflection, as in trimmed programs, it needs
    /// a <see cref="JsonSerializerOptions.TypeInfoResolver"/> that knows the types of arguments.</summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }

    /// <summary>Binary values of one event; more than 10 end the connection of an official client. Default 10; 0 to 10,000.</summary>
    public int MaxAttachments { get; set; } = 10;

    /// <summary>Messages that may be on their way to Redis, as while it is away; beyond, emitting throws
    /// <see cref="InvalidOperationException"/>. Default 10,000; at least 1.</summary>
    public int MaxPendingMessages { get; set; } = 10_000;

    /// <summary>What is wrong, one sentence each.</summary>
    internal IEnumerable<string> FindFaults()
    {
        if (string.IsNullOrEmpty(KeyPrefix) || KeyPrefix.Length > RedisAdapterOptions.LongestKeyPrefix)
            yield return Describe(nameof(KeyPrefix), "1 to 128 characters");
        if (!Enum.IsDefined(Mode)) yield return Describe(nameof(Mode), "one of its names");
        if (MaxAttachments is < 0 or > 10_000) yield return Describe(nameof(MaxAttachments), "0 to 10,000");
        if (MaxPendingMessages < 1) yield return Describe(nameof(MaxPendingMessages), "at least 1");
        foreach (var fault in Streams.FindFaults()) yield return fault;
    }

    /// <summary>What is read once must not change any more.</summary>
    internal RedisEmitterOptions Copy()
    {
        var copy = (RedisEmitterOptions)MemberwiseClone();
        copy.Streams = new RedisStreamsOptions
        {
            StreamName = Streams.StreamName,
            StreamCount = Streams.StreamCount,
            MaxLength = Streams.MaxLength,
            ShardedPubSub = Streams.ShardedPubSub,
        };
        return copy;
    }

    private static string Describe(string name, string range) => $"{nameof(RedisEmitterOptions)}.{name} is out of its range: {range}.";
}
