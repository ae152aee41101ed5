namespace Stork.Protocol;

/// <summary>One Engine.IO packet.</summary>
/// <param name="type">The type.</param>
/// <param name="isBinary">Whether the payload is binary; only a <see cref="EnginePacketType.Message"/> can be.</param>
/// <param name="payload">What follows the type.</param>
public readonly struct EnginePacket(EnginePacketType type, bool isBinary, ReadOnlyMemory<byte> payload)
{
    /// <summary>The type.</summary>
    public EnginePacketType Type { get; } = type;

    /// <summary>
    /// Whether <see cref="Payload"/> is binary data instead of UTF-8 text. Always false unless the type is
    /// <see cref="EnginePacketType.Message"/>.
    /// </summary>
    public bool IsBinary { get; } = isBinary;

    /// <summary>
    /// What follows the type; may be empty. A slice of what was read, valid as long as that is, unless it came as base64: then it is an
    /// array of its own.
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;
}
