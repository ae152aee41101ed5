namespace Stork.Recovery;

/// <summary>The namespaces of which something is remembered, there or not.</summary>
/// <remarks>The log's lock guards it.</remarks>
internal sealed class KnownNamespaces(EventHistory history, RecoveryJournal journal)
{
    private readonly Dictionary<string, NamespaceTrails> _namespaces = new(StringComparer.Ordinal);

    public int Count => _namespaces.Count;

    public IEnumerable<NamespaceTrails> All => _namespaces.Values;

    public NamespaceTrails GetOrAdd(string name)
    {
        if (_namespaces.TryGetValue(name, out var known)) return known;
        var made = new NamespaceTrails(name);
        _namespaces.Add(name, made);
        return made;
    }

    /// <summary>A namespace that was made on demand is about to be dropped; false while somebody may come back to it.</summary>
    public bool TryDetach(NamespaceTrails trails)
    {
        if (trails.Sessions.Count > 0) return false;
        trails.IsAttached = false;
        if (trails.Everybody.Count == 0) _namespaces.Remove(trails.Name);
        return true;
    }

    /// <summary>
    /// Something was emitted that those which are not there would have had to take. Their sessions cannot be recovered
    /// completely any more.
    /// </summary>
    public void MissOut()
    {
        foreach (var trails in _namespaces.Values)
        {
            if (trails.IsAttached) continue;
            trails.Everybody.ForgottenTo = history.Next();
            journal.Write(trails);
        }
    }

    /// <summary>Forgets namespaces that are gone, once nobody can come back to them and nothing of theirs is kept.</summary>
    public void Forget()
    {
        foreach (var trails in _namespaces.Values)
            if (trails is { IsAttached: false, Sessions.Count: 0, Everybody.Count: 0 }) _namespaces.Remove(trails.Name);
    }

    public void Reset() => _namespaces.Clear();
}
