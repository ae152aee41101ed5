namespace Stork.Queues.Shards;

/// <summary>What an operator is told to do.</summary>
internal static class StoreMessages
{
    public static string Advice(string path) =>
        $"'stork-queues verify \"{path}\"' names all that is damaged; "
        + $"'stork-queues salvage \"{path}\" <new directory>' saves the rest (docs/queues-tools.md).";
}
