namespace Stork.ClientFiles;

/// <summary>
/// The browser files of one release of the official client: four scripts and their source maps. ClientBundle.targets embeds them
/// beside their version, all or none; a Stork that was built without npm has none.
/// </summary>
internal sealed class ClientBundle
{
    private const string ResourcePrefix = "Stork.ClientFiles/";
    private const string VersionFile = "version";

    private readonly Func<string, Stream?> _open;

    /// <param name="open">Opens one file by its name for reading, or answers null where there is none. Called from many threads.</param>
    public ClientBundle(Func<string, Stream?> open)
    {
        _open = open;
        using var version = open(VersionFile);
        if (version is null)
            return;
        using var reader = new StreamReader(version);
        Version = reader.ReadToEnd().Trim();
    }

    /// <summary>What this assembly carries.</summary>
    public static ClientBundle Embedded { get; } =
        new(static name => typeof(ClientBundle).Assembly.GetManifestResourceStream(ResourcePrefix + name));

    /// <summary>The release of socket.io-client, such as <c>4.8.4</c>; null when the bundle is missing.</summary>
    public string? Version { get; }

    /// <summary>Exactly the names that the original server offers, in their only spelling.</summary>
    public static bool Contains(ReadOnlySpan<char> fileName) => IsOfMessagePack(fileName) || fileName is
        "socket.io.js" or "socket.io.js.map" or
        "socket.io.min.js" or "socket.io.min.js.map" or
        "socket.io.esm.min.js" or "socket.io.esm.min.js.map";

    /// <summary>The names of the script with the MessagePack parser and of its map.</summary>
    public static bool IsOfMessagePack(ReadOnlySpan<char> fileName) =>
        fileName is "socket.io.msgpack.min.js" or "socket.io.msgpack.min.js.map";

    /// <summary>Opens one of the eight files.</summary>
    /// <exception cref="ArgumentException">The name is none of the eight.</exception>
    /// <exception cref="InvalidOperationException">The bundle is missing, see <see cref="Version"/>.</exception>
    public Stream Open(string fileName)
    {
        if (!Contains(fileName))
            throw new ArgumentException($"'{fileName}' is not a file of the client.", nameof(fileName));
        return _open(fileName) ?? throw new InvalidOperationException($"The client bundle lacks '{fileName}'.");
    }
}
