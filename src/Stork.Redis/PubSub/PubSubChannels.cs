using System.Diagnostics.CodeAnalysis;
using System.Text;
using Stork.Redis.Wire;

namespace Stork.Redis.PubSub;

/// <summary>The names of the channels of one namespace, as <c>@socket.io/redis-adapter</c> has them.</summary>
/// <remarks>
/// <code>
/// prefix#namespace#                   broadcasts to all, or to several rooms
/// prefix#namespace#room#              broadcasts to one room
/// prefix-request#namespace#           requests; as many servers as there are subscribers
/// prefix-response#namespace#          answers for all servers
/// prefix-response#namespace#server#   answers for one server
/// </code>
/// </remarks>
internal sealed class PubSubChannels
{
    private const string Requests = "-request#";
    private const string Responses = "-response#";

    private readonly byte[] _broadcast;
    private readonly byte[] _request;

    public PubSubChannels(string prefix, string nsp, string serverId)
    {
        Broadcast = $"{prefix}#{nsp}#";
        Request = $"{prefix}{Requests}{nsp}#";
        Response = $"{prefix}{Responses}{nsp}#";
        OwnResponse = ResponseTo(serverId);
        Pattern = CreatePattern(prefix, nsp);
        _broadcast = Encoding.UTF8.GetBytes(Broadcast);
        _request = Encoding.UTF8.GetBytes(Request);
    }

    public string Broadcast { get; }

    public string Request { get; }

    public string Response { get; }

    public string OwnResponse { get; }

    /// <summary>Matches the channels of broadcasts and requests.</summary>
    /// <remarks>One pattern for both, because an event must not overtake the request before it that puts sockets into its room: the client
    /// library keeps the order within one subscription only. It matches more than it should: whoever gets a message asks
    /// <see cref="IsRequest"/> and <see cref="TryGetRoom"/>.</remarks>
    public string Pattern { get; }

    public string ResponseTo(string serverId) => $"{Response}{serverId}#";

    /// <summary>Where a broadcast goes: that to exactly one room has a channel of its own.</summary>
    public string For(IReadOnlyList<string> rooms) =>
        OneRoom.Find(rooms) is { } room ? $"{Broadcast}{room}#" : Broadcast;

    public bool IsRequest(ReadOnlySpan<byte> channel) => channel.SequenceEqual(_request);

    /// <summary>Whether it is a channel of broadcasts.</summary>
    /// <param name="channel">Its name.</param>
    /// <param name="room">The room whose channel it is; empty for that of all.</param>
    public bool TryGetRoom(ReadOnlySpan<byte> channel, [NotNullWhen(true)] out string? room)
    {
        room = null;
        if (!channel.StartsWith(_broadcast)) return false;
        var rest = channel[_broadcast.Length..];
        room = rest.Length < 2 ? "" : Encoding.UTF8.GetString(rest[..^1]);
        return true;
    }

    /// <summary>Answers are left out by the last letter of their prefix, unless that of broadcasts ends with it as well: they may be large,
    /// and concern one server.</summary>
    private static string CreatePattern(string prefix, string nsp)
    {
        const char LastOfResponse = 'e';
        // In a pattern, a class stands for one byte.
        var isLeftOut = prefix[^1] != LastOfResponse && char.IsAscii(prefix[^1]);
        var before = isLeftOut ? $"{Escape(prefix[..^1])}*[^{LastOfResponse}]" : $"{Escape(prefix)}*";
        return $"{before}#{Escape(nsp)}#*";
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (letter is '*' or '?' or '[' or ']' or '\\') escaped.Append('\\');
            escaped.Append(letter);
        }

        return escaped.ToString();
    }
}
