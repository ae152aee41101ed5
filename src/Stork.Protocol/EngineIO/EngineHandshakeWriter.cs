using System.Buffers;
using System.Text.Json;

namespace Stork.Protocol;

/// <summary>
/// Writes what follows the digit of an <see cref="EnginePacketType.Open"/> packet: a JSON object of exactly five keys, in the order of
/// the original.
/// </summary>
public static class EngineHandshakeWriter
{
    /// <summary>
    /// Writes <c>{"sid":…,"upgrades":[…],"pingInterval":…,"pingTimeout":…,"maxPayload":…}</c>, without the leading <c>0</c>.
    /// </summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="sid">The id of the session.</param>
    /// <param name="upgrades">The transports the client may change to; empty for a WebSocket.</param>
    /// <param name="pingIntervalMs">Milliseconds between two pings of the server.</param>
    /// <param name="pingTimeoutMs">Milliseconds the server waits for a pong.</param>
    /// <param name="maxPayload">The largest polling body in bytes the server takes.</param>
    public static void Write(
        IBufferWriter<byte> writer, string sid, ReadOnlySpan<string> upgrades, int pingIntervalMs, int pingTimeoutMs, int maxPayload)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(sid);

        using var json = new Utf8JsonWriter(writer);
        json.WriteStartObject();
        json.WriteString("sid"u8, sid);
        json.WriteStartArray("upgrades"u8);
        foreach (var transport in upgrades)
            json.WriteStringValue(transport);
        json.WriteEndArray();
        json.WriteNumber("pingInterval"u8, pingIntervalMs);
        json.WriteNumber("pingTimeout"u8, pingTimeoutMs);
        json.WriteNumber("maxPayload"u8, maxPayload);
        json.WriteEndObject();
    }
}
