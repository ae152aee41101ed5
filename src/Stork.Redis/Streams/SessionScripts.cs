namespace Stork.Redis.Streams;

/// <summary>What Redis does with a session in one go: look who has it, and change it only then.</summary>
internal static class SessionScripts
{
    public const string Owner = "owner";
    public const string Session = "session";

    /// <summary>What <see cref="End"/> answers where another owner has the session.</summary>
    public const int NotOwned = 0;

    /// <summary>Arguments: owner, milliseconds, session. 1: saved; 0: another owner has it.</summary>
    public const string Save = """
        local owner = redis.call('HGET', KEYS[1], 'owner')
        if owner and owner ~= ARGV[1] then return 0 end
        redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'session', ARGV[3])
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return 1
        """;

    /// <summary>Arguments: owner, milliseconds. 1: kept; 0: another owner has it; 2: it is not there.</summary>
    public const string Refresh = """
        local owner = redis.call('HGET', KEYS[1], 'owner')
        if not owner then return 2 end
        if owner ~= ARGV[1] then return 0 end
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return 1
        """;

    /// <summary>Arguments: expected owner, new owner, milliseconds. The session; nothing if another owner has it.</summary>
    public const string Take = """
        if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return false end
        redis.call('HSET', KEYS[1], 'owner', ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return redis.call('HGET', KEYS[1], 'session')
        """;

    /// <summary>Arguments: owner. 1: it is gone, or never was; 0: another owner has it.</summary>
    public const string End = """
        local owner = redis.call('HGET', KEYS[1], 'owner')
        if owner and owner ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1])
        return 1
        """;
}
