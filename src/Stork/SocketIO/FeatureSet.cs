namespace Stork.SocketIO;

/// <summary>
/// What higher floors keep with an object of this one: at most one of each type, made when it is first asked for. There are so few that
/// looking through them is quicker than a dictionary.
/// </summary>
internal sealed class FeatureSet : IDisposable
{
    private object[] _features = [];

    /// <summary>The feature of this type; null if it was never asked for by <see cref="GetOrAdd"/>.</summary>
    public T? Find<T>()
        where T : class
    {
        foreach (var feature in Volatile.Read(ref _features))
        {
            if (feature is T found) return found;
        }

        return null;
    }

    /// <summary>Adds a feature before anybody asks for it.</summary>
    public void Add(object feature) => _features = [.. _features, feature];

    /// <summary>Disposes the features that can be.</summary>
    public void Dispose()
    {
        foreach (var feature in _features) (feature as IDisposable)?.Dispose();
    }

    /// <summary>The feature of this type, made if need be. Of several made at the same time one stays.</summary>
    public T GetOrAdd<TOwner, T>(TOwner owner, Func<TOwner, T> make)
        where T : class
    {
        while (true)
        {
            var known = Volatile.Read(ref _features);
            if (Find<T>() is { } found) return found;
            var made = make(owner);
            if (Interlocked.CompareExchange(ref _features, [.. known, made], known) == known) return made;
        }
    }
}
