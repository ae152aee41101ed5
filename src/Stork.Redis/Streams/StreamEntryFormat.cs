using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using StackExchange.Redis;
using Stork.Redis.ClusterMessages;
using Stork.Redis.Wire;

namespace Stork.Redis.Streams;

/// <summary>Messages as entries of a stream, as <c>@socket.io/redis-streams-adapter</c> writes them.</summary>
/// <remarks>
/// <code>
/// uid &lt;server&gt; nsp &lt;namespace&gt; type &lt;number&gt; data &lt;text&gt;
/// </code>
/// The text is JSON, or base64 of MessagePack where there is binary data; the first letter tells which.
/// </remarks>
internal sealed class StreamEntryFormat(string nsp, int maxDepth, int maxSize)
{
    private readonly ClusterMessageFormat _messages = new(nsp, maxDepth);

    /// <summary>The text of a message.</summary>
    public ReadOnlyMemory<byte> WriteData(ClusterMessage message)
    {
        var data = _messages.WriteData(message);
        if (data.Span[0] == (byte)'{') return data;
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(data.Length)];
        Base64.EncodeToUtf8(data.Span, text, out _, out _);
        return text;
    }

    /// <summary>The entry with a text that <see cref="WriteData"/> gave.</summary>
    public NameValueEntry[] Write(ClusterMessage message, ReadOnlyMemory<byte> data) =>
    [
        new("uid", message.ServerId),
        new("nsp", nsp),
        new("type", ((int)message.Type).ToString(CultureInfo.InvariantCulture)),
        new("data", data),
    ];

    /// <summary>Reads the text of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="data">Its text.</param>
    /// <returns>Null for kinds that are not for other servers' sockets, or that there are not.</returns>
    /// <exception cref="FormatException">It is not what it should be.</exception>
    public ClusterMessage? Read(StreamEntryFields entry, ReadOnlyMemory<byte> data)
    {
        // Former versions of the official adapter tell by the stream that they are there.
        if (new ReceivedMessage(entry.Kind, entry.ServerId, Data: null, maxDepth).IsOfMembership) return null;
        if (data.IsEmpty) throw new FormatException("An entry has no data.");
        var bytes = data.Span[0] == (byte)'{' ? data : Decode(data.Span);
        return new ReceivedMessage(entry.Kind, entry.ServerId, BusFields.Read(bytes, maxDepth, maxSize), maxDepth).ToMessage();
    }

    private static byte[] Decode(ReadOnlySpan<byte> text)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        var status = Base64.DecodeFromUtf8(text, bytes, out _, out var written);
        return status == OperationStatus.Done ? bytes[..written] : throw new FormatException("It is no base64.");
    }
}
