using System.Text.Json;

namespace Stork.Wire;

/// <summary>Names in JSON from clients that mean something to the server.</summary>
internal static class JsonNames
{
    /// <summary>
    /// Whether the reader stands on this name, written as it is. JavaScript may send names with lone surrogates, which .NET cannot even
    /// unescape to compare them; no client escapes a name of ours.
    /// </summary>
    public static bool IsName(in Utf8JsonReader reader, ReadOnlySpan<byte> name) => !reader.ValueIsEscaped && reader.ValueTextEquals(name);
}
