using System.Text.Json;
using Stork.Wire;

namespace Stork.Recovery;

/// <summary>
/// What a client says when it wants its session back: <c>{"pid":"…","offset":"…"}</c> among its auth. Not trusted in any way.
/// </summary>
/// <param name="Pid">The private id, as long as one is.</param>
/// <param name="Offset">The last offset the client got; null if it got none; empty if it is something no server gave out.</param>
internal readonly record struct RecoveryRequest(string Pid, byte[]? Offset)
{
    private const int LongestPid = 64;

    /// <summary>Finds the request in what a client sent with CONNECT, which is a JSON object or empty.</summary>
    public static RecoveryRequest? Find(ReadOnlySpan<byte> auth) =>
        Find(auth, SessionKey.PidLength, SessionKey.PidLength, OffsetCodec.Length, OffsetCodec.Length);

    /// <summary>As <see cref="Find(ReadOnlySpan{byte})"/>, where other implementations may have given the id out.</summary>
    public static RecoveryRequest? FindShared(ReadOnlySpan<byte> auth) => Find(auth, 1, LongestPid, 1, EventOffset.MaxLength);

    private static RecoveryRequest? Find(ReadOnlySpan<byte> auth, int minPid, int maxPid, int minOffset, int maxOffset)
    {
        if (auth.IsEmpty) return null;
        string? pid = null;
        byte[]? offset = null;
        var reader = new Utf8JsonReader(auth, new JsonReaderOptions { MaxDepth = ProtocolLimits.LargestJsonDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isPid = JsonNames.IsName(reader, "pid"u8);
            var isOffset = JsonNames.IsName(reader, "offset"u8);
            reader.Read();
            // Of a name that comes twice the last one counts, as in every JSON parser of the clients.
            if (isPid) pid = IsPlainText(reader, minPid, maxPid) ? reader.GetString() : null;
            else if (isOffset) offset = IsPlainText(reader, minOffset, maxOffset) ? reader.ValueSpan.ToArray() : [];
            else reader.Skip();
            if (isPid || isOffset) reader.Skip();
        }

        return pid is null ? null : new RecoveryRequest(pid, offset);
    }

    private static bool IsPlainText(in Utf8JsonReader reader, int min, int max) =>
        reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && reader.ValueSpan.Length >= min
        && reader.ValueSpan.Length <= max;
}
