using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Stork.Recovery;

/// <summary>
/// <see cref="Socket.Data"/> of a socket that can be recovered: a dictionary whose changes are written down with the session
/// it belongs to.
/// </summary>
/// <remarks>
/// Readers do not wait. A change is made and written down in one go under the log's lock, which is the only lock here: so what is
/// written last is what was set last, and no order of locks can be broken. A value becomes JSON before the lock is taken, as its
/// converter is the application's. Where nothing is written down, nobody waits.
/// </remarks>
/// <param name="gate">The log's lock.</param>
/// <param name="recorder">Writes changes down; null if the log is in memory only.</param>
internal sealed class SessionData(Lock gate, DataRecorder? recorder) : IDictionary<string, object?>
{
    private readonly ConcurrentDictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>The session the data belong to; null while the socket is not open. Set once, under the lock.</summary>
    private Session? _session;

    /// <summary>Names whose values were set before there was a session, and are not written down yet. The lock guards it.</summary>
    private HashSet<string>? _unwritten;

    public ICollection<string> Keys => _values.Keys;

    public ICollection<object?> Values => _values.Values;

    public int Count => _values.Count;

    public bool IsReadOnly => false;

    /// <summary>Whether a value has to be written down at once.</summary>
    private bool IsRecorded => Volatile.Read(ref _session) is not null;

    public object? this[string key]
    {
        get => _values[key];
        set => TrySet(key, value, isReplacing: true);
    }

    /// <summary>
    /// The data of a session as the former process left them. The caller holds the lock, or nobody knows the session yet.
    /// </summary>
    public void Restore(Session session)
    {
        foreach (var (name, json) in session.Stored.Values) _values.TryAdd(name, DataRecorder.ToValue(json!));
        _session = session;
    }

    /// <summary>The data belong to a session from now on: what is there is written down, and what changes from then on too.</summary>
    public void Assign(Session session)
    {
        string[] unwritten;
        lock (gate)
        {
            if (_session is not null) return;
            Volatile.Write(ref _session, session);
            if (recorder is null || _values.IsEmpty) return;
            unwritten = [.. _values.Keys];
            _unwritten = [.. unwritten];
        }

        foreach (var name in unwritten)
        {
            if (!_values.TryGetValue(name, out var value)) continue;
            var json = recorder.ToJson(name, value);
            lock (gate)
            {
                // Whoever has changed it since has written it down.
                if (_unwritten.Remove(name)) recorder.Set(session, name, json);
            }
        }
    }

    public void Add(string key, object? value)
    {
        if (!TrySet(key, value, isReplacing: false)) throw new ArgumentException($"There is a value for \"{key}\" already.", nameof(key));
    }

    public bool Remove(string key)
    {
        if (recorder is null) return _values.TryRemove(key, out _);
        lock (gate)
        {
            if (!_values.TryRemove(key, out _)) return false;
            _unwritten?.Remove(key);
            if (IsRecorded) recorder.Remove(_session!, key);
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

    private bool TrySet(string name, object? value, bool isReplacing)
    {
        while (recorder is not null)
        {
            var isRecorded = IsRecorded;
            var json = isRecorded ? recorder.ToJson(name, value) : null;
            lock (gate)
            {
                // In between the data were assigned to their session: the value has to become JSON after all.
                if (isRecorded != IsRecorded) continue;
                if (!TryStore(name, value, isReplacing)) return false;
                _unwritten?.Remove(name);
                if (isRecorded) recorder.Set(_session!, name, json);
                return true;
            }
        }

        return TryStore(name, value, isReplacing);
    }

    private bool TryStore(string name, object? value, bool isReplacing)
    {
        if (!isReplacing) return _values.TryAdd(name, value);
        _values[name] = value;
        return true;
    }
}
