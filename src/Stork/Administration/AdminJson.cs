using System.Text.Json.Serialization;

namespace Stork.Administration;

/// <summary>What the HTTP interface reads and writes. The default encoder also escapes what has a meaning in HTML.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16)]
[JsonSerializable(typeof(QueuePage))]
[JsonSerializable(typeof(QueueReport))]
[JsonSerializable(typeof(AdminMessagePage))]
[JsonSerializable(typeof(AdminMessage))]
[JsonSerializable(typeof(AdminOutcome))]
[JsonSerializable(typeof(AdminError))]
[JsonSerializable(typeof(RedriveRequest))]
internal sealed partial class AdminJson : JsonSerializerContext;

/// <summary>A part of the messages of a queue.</summary>
internal sealed record AdminMessagePage(IReadOnlyList<AdminMessage> Messages, long? Next);

/// <summary>What a change did.</summary>
internal sealed record AdminOutcome(string Status, int? Count);

/// <summary>Why there is no answer.</summary>
internal sealed record AdminError(string Code, string Message);

/// <summary>How to send dead letters back.</summary>
internal sealed record RedriveRequest(int? Max, int? MaxRedrives, double? PerSecond);
