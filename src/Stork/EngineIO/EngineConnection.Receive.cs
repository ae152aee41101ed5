using Stork.EventLoops;

namespace Stork.EngineIO;

// Incoming packets.
internal sealed partial class EngineConnection
{
    private TaskCompletionSource? _closed;

    /// <summary>
    /// True once the listener has enough for now: the batch stops behind the current message, and <see cref="WaitForCapacityAsync"/>
    /// follows.
    /// </summary>
    public bool IsFull { get; private set; }

    /// <summary>The listener's call while it handles a message: it can take no more.</summary>
    public void PauseReading() => IsFull = true;

    /// <summary>Completes when the listener can take more; while it cannot, the client is not blamed for missing heartbeats.</summary>
    public async ValueTask WaitForCapacityAsync()
    {
        IsFull = false;
        var wait = _listener!.WaitForCapacityAsync();
        if (wait.IsCompletedSuccessfully) return;
        Heartbeat.Pause();
        try
        {
            // A handler that waits for the connection's end would otherwise keep it from ending.
            await Task.WhenAny(wait.AsTask(), Closed());
        }
        finally
        {
            Heartbeat.Resume();
        }
    }

    /// <summary>Whether handlers are to be called by another thread, because others wait for this one and they may keep it.</summary>
    public bool MustLeaveThread => LoopThread.IsServing && _listener!.MayKeepThread();

    /// <summary>Handles one packet of a batch. The caller holds the monitor of <see cref="Receiving"/>.</summary>
    /// <returns>False when nothing more of this transport should be read.</returns>
    public bool Receive(in EnginePacket packet)
    {
        if (!IsOpen) return false;
        Heartbeat.OnPacket();
        switch (packet.Type)
        {
            case EnginePacketType.Message:
                _server.Metrics.MessageReceived();
                _listener!.OnMessage(packet);
                break;
            case EnginePacketType.Pong:
                Heartbeat.OnPong();
                break;
            case EnginePacketType.Close when _transport.EndsByPacket:
                MarkLeftByClient();
                Close(DisconnectReason.TransportClose);
                return false;
            case EnginePacketType.Ping:
                // In version 4 of the protocol the server pings; a client that does is another version's.
                Reject(DisconnectReason.TransportError, "The client sent a ping.");
                return false;
            default:
                // Open, upgrade and noop mean nothing here, and a transport with an end of its own goes by that: ignored, as in the
                // original.
                break;
        }

        return IsOpen;
    }

    /// <summary>
    /// Its monitor serializes batches: a hostile client may send on two transports at once. The connection itself, so that each of many
    /// idle ones has a lock less; hardly ever contended.
    /// </summary>
    public object Receiving => this;

    private Task Closed()
    {
        lock (_gate)
        {
            if (_state != State.Open) return Task.CompletedTask;
            return (_closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Whether the client itself said that it ends the connection, and not only because its page goes away.</summary>
    public bool IsLeftByClient { get; private set; }

    /// <summary>Whether the connection ended from the client's side without a word.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The client ends the connection. The caller closes it; if that was done before, it was not the client's doing.</summary>
    public void MarkLeftByClient()
    {
        lock (_gate) IsLeftByClient |= _state == State.Open;
    }

    /// <summary>The other side has ended the connection. The caller closes it; if that was done before, this is its consequence.</summary>
    public void MarkCut()
    {
        lock (_gate) IsCut |= _state == State.Open;
    }

    /// <summary>What a packet says breaks the rules of Socket.IO.</summary>
    public void CloseForViolation(ProtocolException violation)
    {
        Log.ProtocolViolation(_server.Logger, Id, violation.Error, violation.Message);
        Close(DisconnectReason.ParseError, details: violation.Message);
    }

    /// <summary>What came is no packet of Engine.IO at all.</summary>
    public void RejectUnreadable(ProtocolException violation)
    {
        Log.ProtocolViolation(_server.Logger, Id, violation.Error, violation.Message);
        Reject(DisconnectReason.ParseError, violation.Message);
    }

    /// <summary>
    /// Whoever does not speak the protocol would not understand a farewell, so no session is kept for one that has to be fetched, as in the
    /// original; only output that was accepted before still waits for that.
    /// </summary>
    private void Reject(DisconnectReason reason, string details)
    {
        bool isOver;
        lock (_gate) isOver = _transport.IsFetched && !HasQueue;
        Close(reason, abort: isOver, details);
    }
}
