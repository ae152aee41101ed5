using System.Text.Json.Serialization;
using Stork.Administration;
using Stork.Diagnostics;

namespace Stork.Durable.WorkQueues;

/// <summary>A producer's or consumer's answer: that was refused.</summary>
internal sealed record QueueRefusalReply(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("retryAfterMs"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? RetryAfterMilliseconds);

/// <summary>A consumer's answer: that was done.</summary>
internal sealed record QueueConsumerReply(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("maxInFlight"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MaxInFlight);

/// <summary>What a client asks for with <c>queue:subscribe</c>.</summary>
internal sealed record QueueSubscribeRequest([property: JsonPropertyName("maxInFlight")] int? MaxInFlight);
