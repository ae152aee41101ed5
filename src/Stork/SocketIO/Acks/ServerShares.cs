using System.Runtime.InteropServices;
using Stork.SocketIO.Clustering;

namespace Stork.SocketIO.Acks;

/// <summary>What other servers owe of the answers to one broadcast. Guarded by whoever collects them.</summary>
internal sealed class ServerShares(int count, IReadOnlyCollection<string> serverIds)
{
    private const int Untold = -1;

    /// <summary>Answers that may come ahead of the numbers that say how many there are: they are kept meanwhile.</summary>
    private const int MostEarly = 100_000;

    private readonly AwaitedServers _servers = new(count, serverIds);
    private readonly Dictionary<string, Share> _shares = new(StringComparer.Ordinal);
    private long _early;

    /// <summary>Whether every server has told its number and so many sockets have answered, those that have gone left aside.</summary>
    public bool IsComplete => _servers.IsComplete && _shares.Values.All(static share => share.Owed <= 0);

    /// <summary>Servers of which answers are missing, as far as their ids are known.</summary>
    public string[] MissingIds => [.. _servers.MissingIds.Union(Owing).Where(static id => id.Length > 0)];

    /// <summary>How many they are. Those without an id count as one: they cannot be told apart.</summary>
    public int MissingCount => Math.Max(_servers.MissingCount, _servers.MissingIds.Union(Owing).Count());

    private IEnumerable<string> Owing => _shares.Where(static share => share.Value.Owed > 0).Select(static share => share.Key);

    public void Expect(string serverId, int sockets)
    {
        if (sockets < 0 || !_servers.Hear(serverId)) return;
        // Those without an id share one share.
        var share = Find(serverId);
        _shares[serverId] = share with { Expected = Math.Max(share.Expected, 0) + (long)sockets };
        _early -= sockets;
    }

    /// <summary>The bus has told how many servers there are.</summary>
    public void Recount(int count) => _servers.Recount(count);

    /// <summary>False for one more than the server has asked. An answer may overtake the number.</summary>
    public bool TryAnswer(string serverId)
    {
        var share = Find(serverId);
        var isTold = serverId.Length == 0 ? _servers.IsComplete : share.Expected != Untold;
        if ((isTold && share.Owed <= 0) || _early >= MostEarly) return false;
        _early++;
        _shares[serverId] = share with { Answered = share.Answered + 1 };
        return true;
    }

    public void Lose(string serverId)
    {
        var share = Find(serverId);
        if (!_servers.IsSilent(serverId) && share.Owed <= 0) return;
        _servers.Lose(serverId);
        _shares.Remove(serverId);
    }

    private Share Find(string serverId) => _shares.GetValueOrDefault(serverId, new Share(Untold, 0));

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Share(long Expected, long Answered)
    {
        public long Owed => Expected - Answered;
    }
}
