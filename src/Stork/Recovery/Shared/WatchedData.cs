using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Stork.Recovery.Shared;

/// <summary><see cref="Socket.Data"/> whose changes are told, so that the session is saved with them.</summary>
internal sealed class WatchedData(Action onChanged) : IDictionary<string, object?>
{
    private readonly ConcurrentDictionary<string, object?> _values = new(StringComparer.Ordinal);

    public ICollection<string> Keys => _values.Keys;

    public ICollection<object?> Values => _values.Values;

    public int Count => _values.Count;

    public bool IsReadOnly => false;

    public object? this[string key]
    {
        get => _values[key];
        set
        {
            _values[key] = value;
            onChanged();
        }
    }

    /// <summary>A value as it was before; what is there already is newer. Not told.</summary>
    public void Restore(string key, object? value) => _values.TryAdd(key, value);

    public void Add(string key, object? value)
    {
        if (!_values.TryAdd(key, value)) throw new ArgumentException($"There is a value for \"{key}\" already.", nameof(key));
        onChanged();
    }

    public bool Remove(string key)
    {
        if (!_values.TryRemove(key, out _)) return false;
        onChanged();
        return true;
    }

    public void Clear()
    {
        _values.Clear();
        onChanged();
    }

    public bool ContainsKey(string key) => _values.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value) => _values.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    void ICollection<KeyValuePair<string, object?>>.Add(KeyValuePair<string, object?> item) => Add(item.Key, item.Value);

    bool ICollection<KeyValuePair<string, object?>>.Contains(KeyValuePair<string, object?> item) =>
        _values.TryGetValue(item.Key, out var value) && Equals(value, item.Value);

    void ICollection<KeyValuePair<string, object?>>.CopyTo(KeyValuePair<string, object?>[] array, int arrayIndex) =>
        ((ICollection<KeyValuePair<string, object?>>)_values).CopyTo(array, arrayIndex);

    bool ICollection<KeyValuePair<string, object?>>.Remove(KeyValuePair<string, object?> item) =>
        ((ICollection<KeyValuePair<string, object?>>)this).Contains(item) && Remove(item.Key);
}
