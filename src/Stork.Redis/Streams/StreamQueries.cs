using StackExchange.Redis;

namespace Stork.Redis.Streams;

/// <summary>What is asked of a stream.</summary>
internal sealed class StreamQueries(string name)
{
    /// <summary>How long Redis holds an answer back; the connection's own time limit is longer.</summary>
    public static readonly TimeSpan Block = TimeSpan.FromSeconds(5);

    private readonly RedisKey _key = name;

    public static bool TryParse(RedisValue id, out EventOffset offset)
    {
        Span<byte> text = stackalloc byte[EventOffset.MaxLength];
        offset = default;
        return id.GetByteCount() <= text.Length && EventOffset.TryParse(text[..id.CopyTo(text)], out offset);
    }

    /// <summary>The last entry; the very beginning if there is none.</summary>
    public async Task<EventOffset> FindEndAsync(IDatabaseAsync database)
    {
        var last = await database.StreamRangeAsync(
            _key, count: 1, messageOrder: Order.Descending, flags: CommandFlags.DemandMaster);
        return last.Length > 0 && TryParse(last[0].Id, out var offset) ? offset : default;
    }

    /// <summary>The entries behind an offset; waits for one a while if there is none.</summary>
    public async Task<StreamEntry[]> AwaitAsync(IDatabaseAsync database, EventOffset after, int count)
    {
        object[] arguments =
        [
            "BLOCK", (int)Block.TotalMilliseconds, "COUNT", count, "STREAMS", _key, after.ToString(),
        ];
        var answer = await database.ExecuteAsync("XREAD", arguments, CommandFlags.DemandMaster);
        if (answer.IsNull || answer.Length == 0) return [];
        // A list of pairs, or one list of names and entries by turns: as the version of the protocol has it.
        var entries = answer[0].Length > 1 ? answer[0][1] : answer[1];
        return [.. Enumerable.Range(0, entries.Length).Select(index => ReadEntry(entries[index]))];
    }

    /// <summary>The entries behind an offset, and in the same breath the first one that the stream still has: if that is behind the
    /// offset, others may have been before it.</summary>
    public async Task<(EventOffset? First, StreamEntry[] Entries)> ReadAsync(
        IDatabase database, EventOffset after, EventOffset? upTo, int count)
    {
        var transaction = database.CreateTransaction();
        var first = transaction.StreamRangeAsync(_key, count: 1);
        var next = after with { Sequence = after.Sequence + 1 };
        var entries = transaction.StreamRangeAsync(_key, next.ToString(), upTo?.ToString() ?? "+", count);
        await transaction.ExecuteAsync(CommandFlags.DemandMaster);
        var start = await first;
        return (start.Length > 0 && TryParse(start[0].Id, out var offset) ? offset : null, await entries);
    }

    private static StreamEntry ReadEntry(RedisResult entry)
    {
        var fields = entry[1];
        if (fields.IsNull) return new StreamEntry((RedisValue)entry[0], []);
        var values = new NameValueEntry[fields.Length / 2];
        for (var i = 0; i < values.Length; i++) values[i] = new((RedisValue)fields[2 * i], (RedisValue)fields[(2 * i) + 1]);
        return new StreamEntry((RedisValue)entry[0], values);
    }
}
