using Microsoft.Extensions.Logging;
using Stork.EngineIO;
using Stork.Queues;
using Stork.SocketIO.Sessions;
using Stork.SocketIO.Sockets;
using Stork.Wire;

namespace Stork.SocketIO;

/// <summary>What a server is made of. Floors above this one hand in their parts here, so that it need not know them.</summary>
internal sealed class ServerParts
{
    public required SocketOptions Options { get; init; }

    public required EngineOptions Engine { get; init; }

    public required ArgumentSerializer Serializer { get; init; }

    public required IServiceProvider Services { get; init; }

    public required ILogger Logger { get; init; }

    public required SocketIOMetrics Metrics { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Where things are stored; null: nowhere. Disposed with the server, after all else.</summary>
    public required QueueStore? Store { get; init; }

    /// <summary>What makes the features of each socket.</summary>
    public required Func<Socket, ISocketFeature>[] SocketFeatures { get; init; }

    /// <summary>Adds what other floors keep with the server. Called before there is any namespace.</summary>
    public required Action<SocketIOServer> AddFeatures { get; init; }

    public required Func<SocketIOServer, ISessionLog> CreateSessionLog { get; init; }
}
