using Stork.Recovery.Journal;

namespace Stork.Recovery;

/// <summary>A session's data as they stand on disk: JSON by name; null for a value that cannot be written.</summary>
/// <remarks>The log's lock guards it.</remarks>
internal sealed class StoredData
{
    private readonly Dictionary<string, byte[]?> _values = new(StringComparer.Ordinal);

    public int Count => _values.Count;

    public IReadOnlyDictionary<string, byte[]?> Values => _values;

    /// <summary>What names and values take, roughly.</summary>
    public int Size { get; private set; }

    /// <summary>Whether some value cannot be written, so that the session ends with the process.</summary>
    public bool IsUnwritable => _values.ContainsValue(null);

    /// <summary>The size if the value took the place of the one that is there under its name.</summary>
    public int SizeWith(string name, byte[] json) => Size - SizeOf(name) + name.Length + json.Length;

    public void Set(string name, DataState state, byte[]? json)
    {
        Size -= SizeOf(name);
        _values.Remove(name);
        if (state == DataState.Removed) return;
        _values.Add(name, json);
        Size += SizeOf(name);
    }

    private int SizeOf(string name) => _values.TryGetValue(name, out var json) ? name.Length + (json?.Length ?? 0) : 0;
}
