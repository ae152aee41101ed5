namespace Stork.Bench.Load;

/// <summary>What a scenario does with the Socket.IO packets of its connections.</summary>
internal interface IConversation
{
    /// <summary>A connection is about to be opened.</summary>
    void OnConnecting(int connection)
    {
    }

    /// <summary>The frame with which a connection joins; by default the main namespace as nobody in particular.</summary>
    ReadOnlySpan<byte> Join(int connection) => FrameTemplate.Join.Bytes;

    /// <summary>A connection has joined, and may write what it wants to say first.</summary>
    void OnJoined(Connection connection, long now)
    {
    }

    /// <summary>
    /// Takes one Socket.IO packet (without the Engine.IO type). What it writes through <see cref="Channel.Write"/> leaves together
    /// with the other answers to what was read at once. <paramref name="now"/> is the timestamp of that read.
    /// </summary>
    void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now);

    /// <summary>Takes the bytes that a packet before announced.</summary>
    void OnAttachment(Connection connection, ReadOnlySpan<byte> bytes, long now) =>
        throw new BenchmarkException($"{connection}: bytes came that nobody asked for");

    /// <summary>A connection that said goodbye is over.</summary>
    void OnClosed(Connection connection)
    {
    }
}
