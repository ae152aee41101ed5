namespace Stork.Protocol;

/// <summary>
/// How much one peer may ask for. Every value has a default that unmodified clients stay within, and a range that is checked when it is set
/// (<see cref="ArgumentOutOfRangeException"/>). Instances never change, so one may serve all connections.
/// </summary>
public sealed class ProtocolLimits
{
    /// <summary>The largest <see cref="MaxJsonDepth"/>: 1,000.</summary>
    public const int LargestJsonDepth = 1_000;

    /// <summary>The largest <see cref="MaxAttachments"/>: 10,000.</summary>
    public const int LargestAttachments = 10_000;

    /// <summary>The largest <see cref="MaxPacketSize"/>: 1 GiB.</summary>
    public const int LargestPacketSize = 1 << 30;

    /// <summary>The largest <see cref="MaxNamespaceLength"/>: 65,535.</summary>
    public const int LargestNamespaceLength = ushort.MaxValue;

    /// <summary>The limits that hold when nothing else is said.</summary>
    public static ProtocolLimits Default { get; } = new();

    /// <summary>
    /// Binary attachments one Socket.IO packet may announce. Default 10, as in the parser of the original at both ends; 0 refuses binary
    /// packets; at most <see cref="LargestAttachments"/>.
    /// </summary>
    public int MaxAttachments
    {
        get;
        init => field = InRange(value, 0, LargestAttachments);
    } = 10;

    /// <summary>
    /// How deeply arrays and objects of a payload may be nested, the outermost one counted. Default 64, which is also where
    /// <see cref="System.Text.Json"/> stops; 1 to <see cref="LargestJsonDepth"/>. The original has no such limit and fails on deep payloads
    /// later.
    /// </summary>
    public int MaxJsonDepth
    {
        get;
        init => field = InRange(value, 1, LargestJsonDepth);
    } = 64;

    /// <summary>
    /// Bytes of one Socket.IO packet: of its text, and of its text and all attachments together. Default 1,000,000; 1 to
    /// <see cref="LargestPacketSize"/>. It is the most that a decoder holds while attachments are due. The original bounds each message by
    /// itself, so that a peer can make it hold eleven times as much.
    /// </summary>
    public int MaxPacketSize
    {
        get;
        init => field = InRange(value, 1, LargestPacketSize);
    } = 1_000_000;

    /// <summary>Bytes of a namespace, the leading slash counted. Default 512; 1 to <see cref="LargestNamespaceLength"/>.</summary>
    public int MaxNamespaceLength
    {
        get;
        init => field = InRange(value, 1, LargestNamespaceLength);
    } = 512;

    /// <summary>
    /// Packets in one polling body. Default 250,000, at least 1. Clients put as many packets into a body as fit, and a million bytes hold
    /// 140,000 of the shortest events, whereas nothing but one-byte packets would make half a million. Who allows other bodies sets a
    /// quarter of their bytes.
    /// </summary>
    public int MaxPacketsPerPayload
    {
        get;
        init => field = InRange(value, 1, int.MaxValue);
    } = 250_000;

    private static int InRange(int value, int least, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most);
        return value;
    }
}
