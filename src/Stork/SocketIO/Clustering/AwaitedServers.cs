namespace Stork.SocketIO.Clustering;

/// <summary>The servers whose answers are awaited: by their ids, or only by their number where the bus knows no more.</summary>
/// <remarks>Some formats do not say who answers. Where servers are only counted, each answer without an id is that of another
/// one. Guarded by whoever waits.</remarks>
internal sealed class AwaitedServers
{
    private readonly HashSet<string>? _silent;
    private readonly HashSet<string> _heard = new(StringComparer.Ordinal);
    private readonly List<string> _lost = [];
    private int _count;
    private int _nameless;

    /// <param name="count">How many.</param>
    /// <param name="ids">Their ids, if all are known.</param>
    public AwaitedServers(int count, IReadOnlyCollection<string> ids)
    {
        _count = count;
        if (ids.Count > 0 && ids.Count >= count) _silent = new HashSet<string>(ids, StringComparer.Ordinal);
    }

    /// <summary>Whether each has answered, or is known to have gone.</summary>
    public bool IsComplete => _silent is null ? Heard >= _count : _silent.Count == 0;

    public int MissingCount => _silent is null ? Math.Max(_count - Heard, 0) : _silent.Count + _lost.Count;

    public string[] MissingIds => [.. _silent ?? [], .. _lost];

    private int Heard => _heard.Count + _nameless;

    /// <summary>The bus has told how many there are; what was heard stays.</summary>
    public void Recount(int count) => _count = count;

    /// <summary>A server answers; false if it has answered before, as a message may come twice. One that nobody expected came meanwhile,
    /// and counts, too.</summary>
    public bool Hear(string id)
    {
        if (id.Length == 0)
        {
            if (_silent is not null) return false;
            _nameless++;
            return true;
        }

        if (!_heard.Add(id)) return false;
        _silent?.Remove(id);
        _lost.Remove(id);
        return true;
    }

    /// <summary>A server has gone that still owes something, whether or not it has answered before.</summary>
    public void Lose(string id)
    {
        if (_silent is null || _lost.Contains(id)) return;
        _silent.Remove(id);
        _lost.Add(id);
    }

    /// <summary>Whether a server was asked and has not answered yet.</summary>
    public bool IsSilent(string id) => _silent?.Contains(id) == true;
}
