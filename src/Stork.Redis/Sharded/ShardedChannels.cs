namespace Stork.Redis.Sharded;

/// <summary>The names of the channels of one namespace, as the sharded form of <c>@socket.io/redis-adapter</c> has them.</summary>
/// <remarks>
/// <code>
/// prefix#namespace#           all messages but the others; as many servers as there are subscribers
/// prefix#namespace#server#    answers for one server
/// prefix#namespace#room#      broadcasts to one room, where it has a channel of its own
/// </code>
/// </remarks>
internal sealed class ShardedChannels(string prefix, string nsp)
{
    /// <summary>Whoever publishes knows the ids of its own sockets only, and takes every room with so long a name for one.</summary>
    private const int SocketIdLength = 20;

    public string All { get; } = $"{prefix}#{nsp}#";

    public string AnswersTo(string serverId) => $"{All}{serverId}#";

    public string Of(string room) => $"{All}{room}#";

    /// <summary>Whether broadcasts to a room come by a channel of its own, if rooms have such.</summary>
    public static bool HasOwn(string room) => room.Length != SocketIdLength;
}
