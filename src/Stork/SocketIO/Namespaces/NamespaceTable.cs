namespace Stork.SocketIO.Namespaces;

/// <summary>The namespaces of a server, and how those made on demand come and go.</summary>
internal sealed class NamespaceTable(SocketIOServer server)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Namespace> _namespaces = new(StringComparer.Ordinal);
    private readonly List<ParentNamespace> _parents = [];
    private readonly Queue<Namespace> _idle = new();
    private int _children;

    /// <summary>Raised after a namespace was made.</summary>
    public event Action<Namespace>? Created;

    /// <summary>The namespace with this name, made if need be; one that a pattern fits becomes that pattern's child. The application may
    /// keep it.</summary>
    public Namespace GetOrCreate(string name)
    {
        if (Find(name) is { } known) return known;
        ParentNamespace[] parents;
        lock (_gate) parents = [.. _parents];
        // The application's own pattern and, below, its adapter: not under the lock, for which every client that connects would wait.
        var parent = Array.Find(parents, parent => parent.Matches?.Invoke(name) == true);
        Namespace nsp;
        lock (_gate)
        {
            if (Find(name) is { } other) return other;
            nsp = Create(name, parent);
            nsp.IsKept = true;
        }

        MakeAdapter(nsp);
        _ = StartAdapterAsync(nsp);
        Created?.Invoke(nsp);
        return nsp;

        Namespace? Find(string name)
        {
            lock (_gate)
            {
                if (_namespaces.TryGetValue(name, out var found)) found.IsKept = true;
                return found;
            }
        }
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

    /// <summary>Drops a namespace made on demand when nobody is in it or about to be: at once if the options say so, otherwise when there
    /// are too many.</summary>
    public void RemoveIfEmpty(Namespace nsp)
    {
        if (nsp.Parent is null) return;
        lock (_gate)
        {
            if (!server.Options.CleanupEmptyChildNamespaces)
            {
                if (nsp.IsIdle || nsp.Joining > 0 || !nsp.IsEmpty) return;
                nsp.IsIdle = true;
                _idle.Enqueue(nsp);
                return;
            }

            if (!TryRemove(nsp)) return;
        }

        _ = nsp.AdapterLifetime.StopAsync();
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
        Namespace? dropped = null;
        lock (_gate)
        {
            // The decision may have taken its time, and another client may have been quicker.
            if (_namespaces.TryGetValue(name, out var known))
            {
                known.Joining++;
                return known;
            }

            if (_children >= server.Options.MaxDynamicNamespaces && (dropped = RemoveIdle()) is null) return null;
            nsp = Create(name, parent);
            nsp.Joining++;
        }

        if (dropped is not null) _ = dropped.AdapterLifetime.StopAsync();
        MakeAdapter(nsp);
        _ = StartAdapterAsync(nsp);
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

    /// <summary>Drops the namespace that has been empty the longest; null if all are needed. Clients make namespaces before a middleware
    /// lets them in, so without it strangers could use up the limit for good.</summary>
    private Namespace? RemoveIdle()
    {
        while (_idle.TryDequeue(out var nsp))
        {
            nsp.IsIdle = false;
            // The application may still hold one that it has asked for by name, or have registered handlers there.
            if (!nsp.IsKept && TryRemove(nsp)) return nsp;
        }

        return null;
    }

    private bool TryRemove(Namespace nsp)
    {
        // Another of the same name may have come in its place.
        if (nsp.Joining > 0 || !nsp.IsEmpty || _namespaces.GetValueOrDefault(nsp.Name) != nsp) return false;
        if (!nsp.Sessions.TryDetach()) return false;
        _namespaces.Remove(nsp.Name);
        _children--;
        return true;
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
        return nsp;
    }

    /// <summary>A namespace whose adapter cannot be made is none; whoever asks next tries again.</summary>
    private void MakeAdapter(Namespace nsp)
    {
        try
        {
            _ = nsp.RequireAdapter();
        }
        catch
        {
            lock (_gate)
            {
                // It may have been dropped meanwhile, and another of the same name may have come in its place.
                if (_namespaces.GetValueOrDefault(nsp.Name) == nsp)
                {
                    _namespaces.Remove(nsp.Name);
                    if (nsp.Parent is not null) _children--;
                    _ = nsp.Sessions.TryDetach();
                }
            }

            throw;
        }
    }

    /// <summary>At once, as the application may emit before anybody joins.</summary>
    private static async Task StartAdapterAsync(Namespace nsp)
    {
        try
        {
            await nsp.AdapterLifetime.StartAsync();
        }
        catch (ConnectErrorException)
        {
            // Logged; the first client to join tries again.
        }
    }
}
