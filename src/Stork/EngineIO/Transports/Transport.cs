using Stork.Wire;

namespace Stork.EngineIO.Transports;

/// <summary>
/// How the bytes of one connection travel. All members are called under the connection's lock. A transport says by its properties what is
/// special about it, so that a session need not know which it is on; how requests find their way to it is its
/// <see cref="TransportEndpoint"/>'s.
/// </summary>
internal abstract class Transport
{
    /// <summary>How long a client may take to answer our farewell before the connection is cut.</summary>
    public static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    public abstract SocketIOTransports Kind { get; }

    /// <summary>What a session may change to from here.</summary>
    public virtual SocketIOTransports Upgrades => SocketIOTransports.None;

    /// <summary>Whether the client fetches its output with requests, so that a farewell waits until it comes for it.</summary>
    public virtual bool IsFetched => false;

    /// <summary>Whether a close packet ends the session; a transport that has an end of its own goes by that.</summary>
    public virtual bool EndsByPacket => false;

    /// <summary>Whether a request is under way that brings packets.</summary>
    public virtual bool IsReceiving => false;

    /// <summary>True if a packet handed over now would leave at once, and all before it have left; volatile packets ask.</summary>
    public abstract bool IsReady { get; }

    /// <summary>True once writing has failed; reading notices it too, unless it is paused.</summary>
    public virtual bool IsBroken => false;

    /// <summary>True once so much was written that the end of the batch should not be waited for.</summary>
    public virtual bool IsFlushDue => false;

    /// <summary>Takes the packet if there is room now; it leaves with the next <see cref="Flush"/>.</summary>
    public abstract bool TryWrite(EncodedPacket packet);

    /// <inheritdoc cref="TryWrite(EncodedPacket)"/>
    public abstract bool TryWrite(PacketBuilder packet, PacketFlags flags);

    /// <summary>Moves what waits in the queue onto the wire, as far as there is room.</summary>
    public abstract void Flush(OutputQueue? queue);

    /// <summary>The later steps of <see cref="IBatchedOutput.PrefetchForFlush"/>; the only call that is made without the lock.</summary>
    public virtual void PrefetchForFlush(int step)
    {
    }

    /// <summary>Closes after everything written and queued so far has left, or at once.</summary>
    public abstract void Close(OutputQueue? queue, bool abort);

    /// <summary>Ends what the client waits for, so that it can change the transport.</summary>
    public virtual void ReleaseWaitingRequest()
    {
    }

    /// <summary>The session has changed to another transport.</summary>
    public virtual void Leave()
    {
    }
}
