using Stork.Wire;

namespace Stork.EngineIO.Transports;

/// <summary>How the bytes of one connection travel. All members are called under the connection's lock.</summary>
internal abstract class Transport
{
    public abstract SocketIOTransports Kind { get; }

    /// <summary>True if a packet handed over now would leave at once, and all before it have left; volatile packets ask.</summary>
    public abstract bool IsReady { get; }

    /// <summary>True once writing has failed; reading notices it too, unless it is paused.</summary>
    public virtual bool IsBroken => false;

    /// <summary>True once so much was written that the end of the turn should not be waited for.</summary>
    public virtual bool IsFlushDue => false;

    /// <summary>Takes the packet if there is room now; it leaves with the next <see cref="Flush"/>.</summary>
    public abstract bool TryWrite(EncodedPacket packet);

    /// <inheritdoc cref="TryWrite(EncodedPacket)"/>
    public abstract bool TryWrite(PacketBuilder packet);

    /// <summary>Moves what waits in the queue onto the wire, as far as there is room.</summary>
    public abstract void Flush(OutputQueue? queue);

    /// <summary>Closes after everything written and queued so far has left, or at once.</summary>
    public abstract void Close(OutputQueue? queue, bool abort);
}
