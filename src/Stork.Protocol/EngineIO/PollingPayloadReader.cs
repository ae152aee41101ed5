using System.Text.Unicode;

namespace Stork.Protocol;

/// <summary>
/// Reads the packets of one polling body: <c>packet *(0x1e packet)</c>, each a digit and its payload, or <c>b</c> and base64 for a binary
/// message. Packets before a malformed one are handed out, as in the original.
/// </summary>
/// <remarks>A mutable struct: keep it in a local variable and do not copy it.</remarks>
public struct PollingPayloadReader
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly int _maxPackets;
    private int _position;
    private int _packets;

    /// <summary>Starts at the first packet. Nothing is checked before the first <see cref="TryRead"/>.</summary>
    /// <param name="body">The body. It must stay unchanged while its packets are in use. Whoever received it has bounded its
    /// length.</param>
    /// <param name="limits">Of these <see cref="ProtocolLimits.MaxPacketsPerPayload"/> is applied.</param>
    public PollingPayloadReader(ReadOnlyMemory<byte> body, ProtocolLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _body = body;
        _maxPackets = limits.MaxPacketsPerPayload;
    }

    /// <summary>Reads the next packet.</summary>
    /// <param name="packet">The packet; its payload is a slice of the body unless it came as base64.</param>
    /// <returns>False once all packets were read.</returns>
    /// <exception cref="ProtocolException">
    /// The body is not UTF-8 or too many packets are in it; or the packet is empty, of an unknown type or malformed base64. An empty body
    /// is an empty packet.
    /// </exception>
    public bool TryRead(out EnginePacket packet)
    {
        if (_position > _body.Length)
        {
            packet = default;
            return false;
        }

        if (_packets == 0 && !Utf8.IsValid(_body.Span))
            ProtocolException.Throw(ProtocolError.InvalidUtf8);
        if (_packets >= _maxPackets)
            ProtocolException.Throw(ProtocolError.TooManyPackets);

        var rest = _body[_position..];
        var length = rest.Span.IndexOf(PollingPayloadWriter.Separator);
        if (length < 0)
            length = rest.Length;

        packet = EnginePacketReader.ReadText(rest[..length]);
        // One beyond the end after the last packet, so that a body that ends with a separator still has an empty packet to complain about.
        _position += length + 1;
        _packets++;
        return true;
    }
}
