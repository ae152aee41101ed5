using System.Text.Json.Serialization;

namespace Stork.Redis.EmitterHost;

/// <summary>What the program emits, as JSON without reflection.</summary>
[JsonSerializable(typeof(Dictionary<string, int>))]
internal sealed partial class HostJson : JsonSerializerContext;
