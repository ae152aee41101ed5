using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace Stork.EngineIO;

/// <summary>What connections need to know of the validated options; the meaning of each is told where the application sets it.</summary>
internal sealed class EngineOptions
{
    public required SocketIOTransports Transports { get; init; }

    public required bool AllowUpgrades { get; init; }

    public required bool TakeOverConnections { get; init; }

    public required TimeSpan UpgradeTimeout { get; init; }

    public required TimeSpan PingInterval { get; init; }

    public required TimeSpan PingTimeout { get; init; }

    public required int MaxConnections { get; init; }

    public required int MaxHttpBufferSize { get; init; }

    public required int MaxOutputBufferSize { get; init; }

    public required SlowReaderPolicy SlowReaderPolicy { get; init; }

    public required bool HttpCompression { get; init; }

    public required int HttpCompressionThreshold { get; init; }

    public required PerMessageDeflateOptions? PerMessageDeflate { get; init; }

    public required Func<HttpContext, ValueTask<HandshakeVerdict>>? AllowRequest { get; init; }

    public required Func<HttpContext, string>? GenerateId { get; init; }

    public required bool CheckOrigin { get; init; }

    public required CorsPolicy? Cors { get; init; }

    public required CookieBuilder? Cookie { get; init; }

    /// <summary>The format of packets; null for the one of the protocol.</summary>
    public PacketParser? Parser { get; init; }

    /// <summary>What may come in one packet, and in one body.</summary>
    public required ProtocolLimits Limits { get; init; }
}
