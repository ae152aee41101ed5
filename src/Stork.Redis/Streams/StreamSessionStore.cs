using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;
using Stork.Redis.Connections;

namespace Stork.Redis.Streams;

/// <summary>
/// Sessions of a namespace in Redis. While its client is connected to a server of Stork, a session is under a key of Stork's own, which
/// says who has it; when the client has gone, under the official key, where official servers find it, too.
/// </summary>
/// <remarks>Whoever changes a session says who it is, and Redis looks whether it still has it (<see cref="SessionScripts"/>): so of two
/// servers that take one at once, one gets it, and the former one learns of it.</remarks>
internal sealed class StreamSessionStore(
    string nsp, RedisConnection connection, Func<EntryReader> reader, string stream, StreamEntryFormat entries, RedisAdapterOptions options,
    SessionFormat format)
    : IClusterSessionStore
{
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromSeconds(5);

    private readonly StreamQueries _queries = new(stream);

    public async ValueTask<ClusterSession?> FindAsync(string pid, CancellationToken cancellationToken)
    {
        if (!connection.IsConnected) return null;
        var database = await GetDatabaseAsync();
        var own = database.HashGetAsync(OwnKey(pid), [SessionScripts.Owner, SessionScripts.Session], CommandFlags.DemandMaster);
        var official = database.StringGetAsync(OfficialKey(pid), CommandFlags.DemandMaster);
        await Task.WhenAll(own, official).WaitAsync(cancellationToken);
        var (owner, session) = ((await own)[0], (await own)[1]);
        if (!owner.IsNull && !session.IsNull) return format.Read(session!, pid, owner);
        return (await official) is { IsNull: false } text ? format.Read(text!, pid, owner: null) : null;
    }

    public async ValueTask<ClusterSession?> TakeAsync(ClusterSession found, string owner, TimeSpan lifetime)
    {
        var database = await GetDatabaseAsync();
        if (found.Owner is not { } former) return await TakeReleasedAsync(database, found.Pid, owner);
        var taken = (RedisValue)await RunAsync(database, SessionScripts.Take, found.Pid, former, owner, Milliseconds(lifetime));
        if (taken.IsNull)
        {
            // Another server may have been quicker, or the former one has let go of it since it was found. In the latter case nobody has it
            // under Stork's key, and whoever is first has it from the official one.
            var isHad = await database.HashExistsAsync(OwnKey(found.Pid), SessionScripts.Owner, CommandFlags.DemandMaster);
            return isHad ? null : await TakeReleasedAsync(database, found.Pid, owner);
        }

        // The former server may just have let go of it.
        _ = database.KeyDeleteAsync(OfficialKey(found.Pid), CommandFlags.DemandMaster | CommandFlags.FireAndForget);
        return format.Read(taken!, found.Pid, owner);
    }

    public async ValueTask<bool> SaveAsync(ClusterSession session, TimeSpan lifetime) =>
        (int)await RunAsync(
            await GetDatabaseAsync(), SessionScripts.Save, session.Pid, session.Owner, Milliseconds(lifetime), format.Write(session)) == 1;

    public async ValueTask<bool> RefreshAsync(ClusterSession session, TimeSpan lifetime)
    {
        const int Gone = 2;
        var result = (int)await RunAsync(
            await GetDatabaseAsync(), SessionScripts.Refresh, session.Pid, session.Owner, Milliseconds(lifetime));
        return result == Gone ? await SaveAsync(session, lifetime) : result == 1;
    }

    public async ValueTask ReleaseAsync(ClusterSession session, TimeSpan lifetime)
    {
        var database = await GetDatabaseAsync();
        // In this order: somebody who looks meanwhile finds it at one of both places.
        var saving = database.StringSetAsync(
            OfficialKey(session.Pid), format.WriteText(session), lifetime, flags: CommandFlags.DemandMaster);
        var ending = RunAsync(database, SessionScripts.End, session.Pid, session.Owner);
        await saving;
        if ((int)await ending == SessionScripts.NotOwned) await database.KeyDeleteAsync(OfficialKey(session.Pid));
    }

    public async ValueTask EndAsync(ClusterSession session) =>
        await RunAsync(await GetDatabaseAsync(), SessionScripts.End, session.Pid, session.Owner);

    public async ValueTask<bool> WaitForAsync(EventOffset offset, CancellationToken cancellationToken)
    {
        if (offset.CompareTo(reader().Position) <= 0) return true;
        var end = await _queries.FindEndAsync(await GetDatabaseAsync());
        // Made up, or of a stream that is not there any more.
        if (offset.CompareTo(end) > 0) return false;
        try
        {
            await reader().WaitForAsync(offset, cancellationToken).WaitAsync(ReaderPatience, CancellationToken.None);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public async ValueTask<bool> ReadAsync(
        EventOffset after, EventOffset upTo, Func<EventOffset, ClusterBroadcast, bool> take, CancellationToken cancellationToken)
    {
        var database = await GetDatabaseAsync();
        for (var scanned = 0; after.CompareTo(upTo) < 0; scanned += options.Streams.ReadCount)
        {
            if (scanned >= options.Streams.MaxScannedEntries) return false;
            var (first, page) = await _queries.ReadAsync(database, after, upTo, options.Streams.ReadCount).WaitAsync(cancellationToken);
            if (first is not { } start || start.CompareTo(after) > 0) return false;
            foreach (var entry in page)
            {
                if (!StreamQueries.TryParse(entry.Id, out after)) return false;
                if (Read(StreamEntryFields.Of(entry)) is { } broadcast && !take(after, broadcast)) return false;
            }

            if (page.Length < options.Streams.ReadCount) break;
        }

        return true;
    }

    /// <summary>Waits until what was sent has been answered, as all goes over one connection.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (!connection.IsConnected) return;
        Task answering = (await GetDatabaseAsync()).PingAsync();
        await answering.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<ClusterSession?> TakeReleasedAsync(IDatabase database, string pid, string owner)
    {
        var text = await database.StringGetDeleteAsync(OfficialKey(pid), CommandFlags.DemandMaster);
        return text.IsNull ? null : format.Read(text!, pid, owner);
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static Task<RedisResult> RunAsync(IDatabase database, string script, RedisKey key, params RedisValue[] arguments) =>
        database.ScriptEvaluateAsync(script, [key], arguments, CommandFlags.DemandMaster);

    private Task<RedisResult> RunAsync(IDatabase database, string script, string pid, params RedisValue[] arguments) =>
        RunAsync(database, script, OwnKey(pid), arguments);

    private async Task<IDatabase> GetDatabaseAsync() => (await connection.GetAsync()).GetDatabase();

    /// <summary>An event of the namespace that clients could have missed; null for all else.</summary>
    private ClusterBroadcast? Read(StreamEntryFields fields)
    {
        if (fields.Namespace != nsp || fields.Kind != ClusterMessageType.Broadcast) return null;
        if (fields.Data.Length > options.MaxMessageSize) return null;
        try
        {
            return entries.Read(fields, fields.Data) is ClusterBroadcast { RequestId: null } broadcast ? broadcast : null;
        }
        catch (Exception)
        {
            // Nobody has got what is malformed; the library throws what it likes.
            return null;
        }
    }

    /// <summary>Of the id that only the client has, the key tells nothing.</summary>
    private RedisKey OwnKey(string pid) =>
        $"stork:{options.KeyPrefix}:session:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(pid)).AsSpan(0, 16))}";

    private RedisKey OfficialKey(string pid) => options.Streams.SessionKeyPrefix + pid;
}
