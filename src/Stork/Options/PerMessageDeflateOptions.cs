namespace Stork;

/// <summary>
/// Compression of WebSocket messages with clients that offer it (permessage-deflate, RFC 7692).
/// </summary>
/// <remarks>
/// Without context takeover, which is the default in both directions, each message is compressed by itself: a connection keeps nothing
/// between two messages, and a broadcast is compressed once for all its receivers. With context takeover, later messages refer to earlier
/// ones: short messages of one kind get much smaller, each connection keeps the state of its own compression, and a broadcast is compressed
/// for each receiver.
/// </remarks>
public sealed class PerMessageDeflateOptions
{
    /// <summary>The smallest window that can be asked for: 2 to the power of 9, 512 bytes.</summary>
    internal const int LeastWindowBits = 9;

    /// <summary>The largest window there is: 2 to the power of 15, 32 KiB.</summary>
    internal const int MostWindowBits = 15;

    /// <summary>Messages below this many bytes are sent as they are. Default 1024; 0 or more.</summary>
    public int Threshold { get; set; } = 1024;

    /// <summary>
    /// Whether what the server sends on a connection is compressed with what it has sent there before, unless the client asks otherwise.
    /// Costs up to some 270 KiB for each connection that was sent something compressed. Default false.
    /// </summary>
    public bool ServerContextTakeover { get; set; }

    /// <summary>
    /// Whether clients may compress with what they have sent before. Costs up to some 50 KiB for each connection that has sent something
    /// compressed. Default false.
    /// </summary>
    public bool ClientContextTakeover { get; set; }

    /// <summary>
    /// How far back what the server compresses may refer, as a power of 2 in bytes; less if the client asks for less. Default 15, 32 KiB; 9
    /// to 15.
    /// </summary>
    public int ServerMaxWindowBits { get; set; } = MostWindowBits;

    /// <summary>
    /// How far back what clients compress may refer, as a power of 2 in bytes. Below 15, clients that do not offer to be told are not
    /// compressed with. Default 15, 32 KiB; 9 to 15.
    /// </summary>
    public int ClientMaxWindowBits { get; set; } = MostWindowBits;

    /// <summary>A copy that later changes do not reach.</summary>
    internal PerMessageDeflateOptions Freeze() => (PerMessageDeflateOptions)MemberwiseClone();
}
