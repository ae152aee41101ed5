using StackExchange.Redis;

namespace Stork.Redis.Streams;

/// <summary>What stands in an entry of a stream beside its text. Anybody may have written it: whatever is missing is empty.</summary>
internal readonly record struct StreamEntryFields(string ServerId, string Namespace, ClusterMessageType Kind, ReadOnlyMemory<byte> Data)
{
    public static StreamEntryFields Of(StreamEntry entry)
    {
        string serverId = "", nsp = "";
        var kind = 0;
        ReadOnlyMemory<byte> data = default;
        foreach (var field in entry.Values)
        {
            if (field.Name == "uid") serverId = field.Value.ToString();
            else if (field.Name == "nsp") nsp = field.Value.ToString();
            else if (field.Name == "type" && field.Value.TryParse(out int type)) kind = type;
            else if (field.Name == "data") data = (byte[]?)field.Value ?? [];
        }

        return new StreamEntryFields(serverId, nsp, (ClusterMessageType)kind, data);
    }
}
