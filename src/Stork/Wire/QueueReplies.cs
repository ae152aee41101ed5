using System.Text.Json.Serialization;

namespace Stork.Wire;

/// <summary>What a client is told whose event was not stored, or that may not have what it asked for.</summary>
internal sealed record RefusedReply(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message,
    [property: JsonPropertyName("retryAfterMs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? RetryAfterMilliseconds);

/// <summary>What a consumer is told: that was done.</summary>
internal sealed record QueueConsumerReply(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("maxInFlight"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MaxInFlight);

/// <summary>What a client asks for with <c>queue:subscribe</c>.</summary>
internal sealed record QueueSubscribeRequest([property: JsonPropertyName("maxInFlight")] int? MaxInFlight);
