using System.Runtime.CompilerServices;
using Stork.Durable.Consumers;
using Stork.EngineIO;
using Stork.Protocol;
using Stork.SocketIO.Acks;
using Stork.SocketIO.Events;
using Stork.Wire;

namespace Stork.Tests.Hosting;

/// <summary>What the server holds for one client: limits are checked where the memory is.</summary>
internal static class Internals
{
    public static EngineConnection Connection(this Socket socket) => socket.Client.Connection;

    /// <summary>Bytes that wait for the client, beyond those in the transport.</summary>
    public static long BufferedBytes(this Socket socket) => QueueOf(socket.Connection())?.Bytes ?? 0;

    public static long DroppedPackets(this Socket socket) => QueueOf(socket.Connection())?.Dropped ?? 0;

    /// <summary>Whether a volatile event would leave now.</summary>
    public static bool IsReady(this EngineConnection connection)
    {
        lock (connection.Gate) return connection.Transport.IsReady;
    }

    /// <summary>Whether the connection has noted that nothing more is read of it; the queue of events is full an instant before.</summary>
    public static bool IsPaused(this EngineConnection connection) => Volatile.Read(ref PausedOf(connection.Heartbeat));

    /// <summary>Events that wait for a handler.</summary>
    public static int PendingEvents(this Socket socket) => WaitingOf(socket.Events)?.Count ?? 0;

    /// <summary>Answers the client owes.</summary>
    public static int PendingAcks(this Socket socket) => AcksOf(socket) is { } table ? PendingOf(table).Count : 0;

    /// <summary>As if two billion acknowledgements had been asked for.</summary>
    public static void ContinueAckIds(this SocketIOServer io, int from) => NextOf(AckIdsOf(io)) = from;

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_ackIds")]
    private static extern ref AckIds AckIdsOf(SocketIOServer io);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_next")]
    private static extern ref int NextOf(AckIds ids);

    /// <summary>Whether an inbox stands still until the client has read what was sent.</summary>
    public static bool IsInboxSuspended(this Socket socket) =>
        ConsumersOf(socket.Feature<SocketConsumers>()!).Exists(consumer => IsSuspended(consumer));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_consumers")]
    private static extern ref List<SocketConsumer> ConsumersOf(SocketConsumers consumers);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_isSuspended")]
    private static extern ref bool IsSuspended(SocketConsumer consumer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_waiting")]
    private static extern ref Queue<Packet>? WaitingOf(EventDispatcher dispatcher);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_acks")]
    private static extern ref AckTable? AcksOf(Socket socket);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_pending")]
    private static extern ref Dictionary<int, PendingAck> PendingOf(AckTable table);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_paused")]
    private static extern ref bool PausedOf(Heartbeat heartbeat);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_queue")]
    private static extern ref OutputQueue? QueueOf(EngineConnection connection);
}
