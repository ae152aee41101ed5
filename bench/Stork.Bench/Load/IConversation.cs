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

    /// <summary>
    /// Takes one Socket.IO packet (without the Engine.IO type). What it writes through <see cref="Connection.Write"/> leaves together
    /// with the other answers to what was read at once. <paramref name="now"/> is the timestamp of that read.
    /// </summary>
    void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now);
}
