using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Stork.Recovery;

/// <summary><see cref="Socket.Data"/> of a socket that can be recovered: a dictionary that tells of its changes, so that they can be written down.</summary>
/// <remarks>Readers do not wait. Changes are made and told one at a time, so that what is written last is what was set last.</remarks>
internal sealed class SessionData : IDictionary<string, object?>
{
    private readonly ConcurrentDictionary<string, object?> _values = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();
    private Action<string, object?, bool>? _changed;

    public ICollection<string> Keys => _values.Keys;

    public ICollection<object?> Values => _values.Values;

    public int Count => _values.Count;

    public bool IsReadOnly => false;

    public object? this[string key]
    {
        get => _values[key];
        set
        {
            lock (_changing)
            {
                _values[key] = value;
                _changed?.Invoke(key, value, true);
            }
        }
    }

    /// <summary>A value of an earlier socket of the session; one that was set since is newer.</summary>
    public void Restore(string key, object? value) => _values.TryAdd(key, value);

    /// <summary>From now on changes are told, what is there already first.</summary>
    /// <param name="changed">Gets name, value, and whether there is one.</param>
    public void Attach(Action<string, object?, bool> changed)
    {
        lock (_changing)
        {
            _changed = changed;
            foreach (var (key, value) in _values) changed(key, value, true);
        }
    }

    public void Add(string key, object? value)
    {
        lock (_changing)
        {
            if (!_values.TryAdd(key, value)) throw new ArgumentException($"There is a value for \"{key}\" already.", nameof(key));
            _changed?.Invoke(key, value, true);
        }
    }

    public bool Remove(string key)
    {
        lock (_changing)
        {
            if (!_values.TryRemove(key, out _)) return false;
            _changed?.Invoke(key, null, false);
            return true;
        }
    }

    public void Clear()
    {
        foreach (var key in _values.Keys) Remove(key);
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
