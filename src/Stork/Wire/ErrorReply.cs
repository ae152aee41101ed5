using System.Text.Json;
using System.Text.Json.Serialization;

namespace Stork.Wire;

/// <summary>
/// What an acknowledgement carries when the handler failed; the shape follows the habit of the Socket.IO documentation (<c>status</c>).
/// </summary>
internal sealed record ErrorReply(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message);

/// <summary>The payload of a CONNECT_ERROR packet.</summary>
internal sealed record ConnectErrorReply(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("data"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Data);
