using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Stork.Redis.Tests.Servers;

/// <summary>JSON in which binary values are <c>{"$binary": "base64"}</c>, as the scripts in <c>node/</c> have it.</summary>
internal static class Values
{
    /// <summary>Arguments as an application gives them.</summary>
    public static object?[] Read(string arguments) => [.. JsonNode.Parse(arguments)!.AsArray().Select(Read)];

    /// <summary>The text of what came, its members in the order they came.</summary>
    public static string Write(EventArguments arguments, int index)
    {
        var json = System.Text.Encoding.UTF8.GetString(arguments.GetJson(index).Span);
        var node = JsonNode.Parse(json);
        return Replace(node, arguments.Attachments)?.ToJsonString() ?? "null";
    }

    private static object? Read(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } binary when binary["$binary"] is { } base64 => Convert.FromBase64String((string)base64!),
        JsonObject { Count: 1 } date when date["$date"] is { } time =>
            DateTime.Parse((string)time!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal),
        JsonObject members => members.ToDictionary(static member => member.Key, static member => Read(member.Value)),
        JsonArray items => items.Select(Read).ToArray(),
        null => null,
        _ => JsonSerializer.SerializeToElement(node),
    };

    private static JsonNode? Replace(JsonNode? node, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        switch (node)
        {
            case JsonObject mark when attachments.Count > 0 && mark.ContainsKey("_placeholder"):
                return new JsonObject { ["$binary"] = Convert.ToBase64String(attachments[(int)mark["num"]!].Span) };
            case JsonObject members:
                foreach (var (name, value) in members.ToList()) members[name] = Replace(value?.DeepClone(), attachments);
                return members;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++) items[i] = Replace(items[i]?.DeepClone(), attachments);
                return items;
            default:
                return node;
        }
    }
}
