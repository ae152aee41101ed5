using Stork.Wire;

namespace Stork.SocketIO.Rooms;

/// <summary>Sends a broadcast to one socket after the other.</summary>
/// <remarks>
/// With thousands of them none is in the processor's cache when it is its turn, so they are fetched ahead (<see cref="ProcessorCache"/>):
/// the socket first, some turns later its connection, and then what the connection sends with.
/// </remarks>
internal static class Receivers
{
    /// <summary>So many turns last longer than a fetch from memory.</summary>
    private const int Turns = 4;

    public static void Send(ReadOnlySpan<Socket> sockets, EncodedPacket packet)
    {
        var batch = EnterBatchIfTranscoded(sockets);
        try
        {
            for (var i = 0; i < sockets.Length; i++)
            {
                if (i + (3 * Turns) < sockets.Length) ProcessorCache.Prefetch(sockets[i + (3 * Turns)]);
                if (i + (2 * Turns) < sockets.Length) ProcessorCache.Prefetch(sockets[i + (2 * Turns)].PlainOutput);
                if (i + Turns < sockets.Length) sockets[i + Turns].PlainOutput?.PrefetchForFlush(step: 1);
                sockets[i].Output.TrySend(packet);
            }
        }
        finally
        {
            batch?.Exit();
        }
    }

    /// <summary>As <see cref="Send"/>, for a packet that asks for acknowledgements.</summary>
    /// <returns>How many were asked.</returns>
    public static int Ask(ReadOnlySpan<Socket> sockets, EncodedPacket packet, IBroadcastAcknowledgements acknowledgements)
    {
        var asked = 0;
        var batch = EnterBatchIfTranscoded(sockets);
        try
        {
            foreach (var socket in sockets)
            {
                if (socket.Output.TrySend(packet, acknowledgements)) asked++;
            }
        }
        finally
        {
            batch?.Exit();
        }

        return asked;
    }

    /// <summary>Where clients have another format than packets, the batch remembers what was made of one for the first receiver.</summary>
    private static OutputBatch? EnterBatchIfTranscoded(ReadOnlySpan<Socket> sockets) =>
        sockets.Length > 0 && sockets[0].Connection.Server.Transcoder is not null ? OutputBatch.Enter() : null;
}
