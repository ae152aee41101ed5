namespace Stork.Namespaces;

/// <summary>The namespaces of a server, and how those made on demand come and go.</summary>
internal sealed class NamespaceTable(SocketIOServer server)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Namespace> _namespaces = new(StringComparer.Ordinal);
    private readonly List<ParentNamespace> _parents = [];
    private int _children;

    /// <summary>Raised after a namespace was made.</summary>
    public event Action<Namespace>? Created;

    /// <summary>The namespace with this name, made if need be; one that a pattern fits becomes that pattern's child.</summary>
    public Namespace GetOrCreate(string name)
    {
        Namespace nsp;
        lock (_gate)
        {
            if (_namespaces.TryGetValue(name, out var known)) return known;
            nsp = Create(name, _parents.Find(parent => parent.Matches?.Invoke(name) == true));
        }

        Created?.Invoke(nsp);
        return nsp;
    }

    public ParentNamespace AddParent(Func<string, Handshake, ValueTask<bool>> accepts, Func<string, bool>? matches)
    {
        lock (_gate)
        {
            var parent = new ParentNamespace(server, $"/_{_parents.Count}", accepts, matches);
            _parents.Add(parent);
            return parent;
        }
    }

    /// <summary>The namespace a client asks for, or null. The caller ends with <see cref="CleanUp"/>.</summary>
    public async ValueTask<Namespace?> FindAsync(string name, Handshake handshake)
    {
        ParentNamespace[] parents;
        lock (_gate)
        {
            if (_namespaces.TryGetValue(name, out var known))
            {
                known.Joining++;
                return known;
            }

            parents = [.. _parents];
        }

        foreach (var parent in parents)
        {
            if (await parent.AcceptsAsync(name, handshake)) return GetOrCreateChild(name, parent);
        }

        return null;
    }

    /// <summary>A connection attempt has ended, one way or the other.</summary>
    public void CleanUp(Namespace nsp)
    {
        lock (_gate) nsp.Joining--;
        RemoveIfEmpty(nsp);
    }

    /// <summary>Drops a namespace made on demand when nobody is in it or about to be, if the options say so.</summary>
    public void RemoveIfEmpty(Namespace nsp)
    {
        if (nsp.Parent is null || !server.Options.CleanupEmptyChildNamespaces) return;
        lock (_gate)
        {
            // Another of the same name may have come in its place.
            if (nsp.Joining > 0 || !nsp.IsEmpty || _namespaces.GetValueOrDefault(nsp.Name) != nsp) return;
            if (nsp.Trails is not null && !server.Recovery!.TryDetach(nsp.Trails)) return;
            _namespaces.Remove(nsp.Name);
            _children--;
        }

        _ = nsp.RequireAdapter().StopAsync(CancellationToken.None);
    }

    /// <summary>As <see cref="RemoveIfEmpty(Namespace)"/>, when nobody can come back to it any more.</summary>
    public void RemoveIfEmpty(string name)
    {
        Namespace? nsp;
        lock (_gate) nsp = _namespaces.GetValueOrDefault(name);
        if (nsp is not null) RemoveIfEmpty(nsp);
    }

    public Namespace[] All()
    {
        lock (_gate) return [.. _namespaces.Values];
    }

    public IReadOnlyList<Namespace> ChildrenOf(ParentNamespace parent)
    {
        lock (_gate) return [.. _namespaces.Values.Where(nsp => nsp.Parent == parent)];
    }

    private Namespace? GetOrCreateChild(string name, ParentNamespace parent)
    {
        Namespace nsp;
        lock (_gate)
        {
            // The decision may have taken its time, and another client may have been quicker.
            if (_namespaces.TryGetValue(name, out var known))
            {
                known.Joining++;
                return known;
            }

            if (_children >= server.Options.MaxDynamicNamespaces) return null;
            nsp = Create(name, parent);
            nsp.Joining++;
        }

        try
        {
            Created?.Invoke(nsp);
        }
        catch
        {
            CleanUp(nsp);
            throw;
        }

        return nsp;
    }

    private Namespace Create(string name, ParentNamespace? parent)
    {
        var nsp = new Namespace(server, name) { Parent = parent };
        if (parent is not null)
        {
            nsp.InheritFrom(parent);
            _children++;
        }

        _namespaces.Add(name, nsp);
        _ = nsp.RequireAdapter().StartAsync(CancellationToken.None);
        return nsp;
    }
}
