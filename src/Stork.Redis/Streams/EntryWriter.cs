using StackExchange.Redis;

namespace Stork.Redis.Streams;

/// <summary>Adds entries to a stream, and keeps it at its length.</summary>
/// <param name="name">The stream.</param>
/// <param name="maxLength">Entries that stay, about: Redis forgets whole nodes of them.</param>
internal sealed class EntryWriter(string name, int maxLength)
{
    private readonly RedisKey _key = name;

    /// <summary>Adds an entry behind all others.</summary>
    /// <returns>Completes when Redis has it.</returns>
    public Task AddAsync(IDatabaseAsync database, NameValueEntry[] entry) => database.StreamAddAsync(
        _key, entry, messageId: null, maxLength, useApproximateMaxLength: true, flags: CommandFlags.DemandMaster);
}
