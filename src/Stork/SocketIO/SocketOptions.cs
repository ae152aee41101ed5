namespace Stork.SocketIO;

/// <summary>What namespaces and sockets need to know of the validated options; the meaning of each is told where the application sets
/// it.</summary>
internal sealed class SocketOptions
{
    public required TimeSpan ConnectTimeout { get; init; }

    public required bool CleanupEmptyChildNamespaces { get; init; }

    public required int MaxDynamicNamespaces { get; init; }

    public required int MaxNamespacesPerConnection { get; init; }

    public required int MaxRoomsPerSocket { get; init; }

    public required int MaxRoomBytesPerSocket { get; init; }

    public required long MaxRoomBytes { get; init; }

    public required int MaxPendingAcks { get; init; }

    public required int MaxConcurrentHandlers { get; init; }

    public required int MaxPendingEvents { get; init; }

    public required int MaxInputBufferSize { get; init; }

    public required FailedHandlerPolicy FailedHandlerPolicy { get; init; }

    public required Func<Namespace, Adapter>? AdapterFactory { get; init; }
}
