namespace Stork.Bench.Load;

/// <summary>What a scenario does with the Socket.IO packets of its connections.</summary>
internal interface IConversation
{
    /// <summary>
    /// Takes one Socket.IO packet (without the Engine.IO type). What it writes through <see cref="Connection.Write"/> leaves together
    /// with the other answers to what was read at once. <paramref name="now"/> is the timestamp of that read.
    /// </summary>
    void OnPacket(Connection connection, ReadOnlySpan<byte> packet, long now);
}
