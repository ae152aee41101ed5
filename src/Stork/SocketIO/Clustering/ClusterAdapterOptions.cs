namespace Stork;

/// <summary>How a <see cref="ClusterAdapter"/> works. Read once, when the adapter is made; a value out of its range throws then.</summary>
public sealed class ClusterAdapterOptions
{
    /// <summary>How long the answers of other servers are awaited where the call says nothing else, as the original does. Default 5 s;
    /// 1 ms to 1 day.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether servers tell each other that they are there. Default true. Without, override
    /// <see cref="ClusterAdapter.GetServerCountAsync"/>: the bus has to know how many listen.</summary>
    public bool Heartbeats { get; set; } = true;

    /// <summary>How long a server may have nothing to say before it says that it is there, as in the original. Default 5 s; 1 ms to 1
    /// day.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A server that was not heard of for so long has gone, as in the original. Default 10 s; longer than
    /// <see cref="HeartbeatInterval"/>, at most 1 day.</summary>
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Servers that are kept in mind; what further ones send is handled, but nobody waits for their answers. Default 1,000;
    /// at least 1.</summary>
    public int MaxServers { get; set; } = 1_000;

    /// <summary>Requests of this server that may wait for answers at the same time, beyond which they throw; and as many of other servers
    /// that are being answered, beyond which they are dropped. Default 10,000; at least 1.</summary>
    public int MaxPendingRequests { get; set; } = 10_000;

    /// <summary>Messages that may be on their way to the bus, also before it is open; beyond, they are dropped and counted. Default 10,000;
    /// at least 1.</summary>
    public int MaxPendingMessages { get; set; } = 10_000;

    /// <summary>Bytes of one message from the bus; longer ones are dropped and counted. Default 64 MiB, enough for the answer of a server
    /// with 50,000 sockets to <c>FetchSocketsAsync</c>; at least 1 KiB.</summary>
    public int MaxMessageSize { get; set; } = 64 * 1024 * 1024;

    /// <summary>A checked copy that later changes do not reach.</summary>
    internal ClusterAdapterOptions Freeze()
    {
        CheckTime(RequestTimeout, nameof(RequestTimeout));
        CheckTime(HeartbeatInterval, nameof(HeartbeatInterval));
        CheckTime(HeartbeatTimeout, nameof(HeartbeatTimeout));
        if (HeartbeatTimeout <= HeartbeatInterval)
            throw new ArgumentException($"{nameof(HeartbeatTimeout)} must be longer than {nameof(HeartbeatInterval)}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxServers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPendingRequests, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPendingMessages, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessageSize, 1024);
        return (ClusterAdapterOptions)MemberwiseClone();
    }

    private static void CheckTime(TimeSpan time, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.FromMilliseconds(1), name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromDays(1), name);
    }
}
