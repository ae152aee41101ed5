using System.Diagnostics;
using Stork.Timing;
using Stork.Wire;

namespace Stork.EngineIO.Transports;

/// <summary>
/// HTTP long-polling: a GET takes what waits or waits for it, a POST brings packets. Here is the state; <see cref="PollingEndpoint"/>
/// speaks HTTP.
/// </summary>
/// <remarks>Members are called under the connection's lock.</remarks>
[DebuggerDisplay("polling, poll waits: {IsReady}, posting: {IsPosting}, left: {_isLeft}")]
internal sealed class PollingTransport(EngineConnection connection) : Transport
{
    /// <summary>How long a closed session waits for the poll that takes its farewell (as in engine.io).</summary>
    public static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(30);

    private TaskCompletionSource<IReadOnlyList<EncodedPacket>>? _waiting;
    private IReadOnlyList<EncodedPacket>? _farewell;
    private Linger? _linger;
    private bool _isLeft;

    public override SocketIOTransports Kind => SocketIOTransports.Polling;

    public override SocketIOTransports Upgrades => SocketIOTransports.WebSocket;

    public override bool IsFetched => true;

    public override bool EndsByPacket => true;

    public override bool IsReceiving => IsPosting;

    public override bool IsReady => _waiting is not null;

    /// <summary>True while a POST is being read; a second one ends the session.</summary>
    public bool IsPosting { get; set; }

    public override bool TryWrite(EncodedPacket packet) => false;

    public override bool TryWrite(PacketBuilder packet, PacketFlags flags) => false;

    /// <summary>
    /// Begins a poll: what waits is taken at once, otherwise the task completes with the next output. Null if a poll is waiting already.
    /// </summary>
    public Task<IReadOnlyList<EncodedPacket>>? BeginPoll()
    {
        if (_waiting is not null) return null;
        if (_isLeft) return Task.FromResult<IReadOnlyList<EncodedPacket>>([EncodedPacket.Noop]);
        _waiting = new TaskCompletionSource<IReadOnlyList<EncodedPacket>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var task = _waiting.Task;
        if (_farewell is { } farewell && !connection.HasQueue) Finish(farewell);
        else connection.Flush();
        return task;
    }

    public override void Flush(OutputQueue? queue)
    {
        if (_waiting is null || queue is null or { IsEmpty: true }) return;
        connection.Server.BeforeOutput?.Invoke();
        var packets = new List<EncodedPacket>();
        while (queue.TryPeek(out _)) packets.Add(queue.Dequeue());
        Complete(packets);
    }

    /// <summary>Answers a waiting GET with a noop.</summary>
    public override void ReleaseWaitingRequest() => Complete([EncodedPacket.Noop]);

    public override void Leave()
    {
        _isLeft = true;
        if (_linger is not null) connection.Server.Wheel.Cancel(_linger);
        ReleaseWaitingRequest();
    }

    public override void Close(OutputQueue? queue, bool abort)
    {
        if (connection.IsLeftByClient)
        {
            // The client said close itself: nothing more is to be said.
            Finish([EncodedPacket.Noop]);
        }
        else if (abort || (_waiting is not null && queue is null or { IsEmpty: true }))
        {
            Finish([EncodedPacket.Close]);
        }
        else
        {
            // What is still queued goes first, to a poll that waits (inside of a batch nothing has been flushed yet) or the next one; the
            // farewell is for the poll behind that, in the form of the original: a poll that finds nothing to take is ended with a noop.
            _farewell = [EncodedPacket.Noop, EncodedPacket.Close];
            Flush(queue);
            _linger = new Linger(connection);
            connection.Server.Wheel.Schedule(_linger, FarewellTimeout);
        }
    }

    private void Finish(IReadOnlyList<EncodedPacket> farewell)
    {
        // Also for a poll that found the session in the table just before it left.
        _farewell = farewell;
        Complete(farewell);
        ReleaseConnection();
    }

    private void Complete(IReadOnlyList<EncodedPacket> packets)
    {
        _waiting?.TrySetResult(packets);
        _waiting = null;
    }

    private void ReleaseConnection()
    {
        if (_linger is not null) connection.Server.Wheel.Cancel(_linger);
        // Leaving the table takes the connection's lock, which is held here; the lock is re-entrant.
        connection.OnTransportDone();
    }

    /// <summary>A client that never polls again does not keep its session for ever.</summary>
    private sealed class Linger(EngineConnection connection) : WheelEntry
    {
        internal override void OnDue() => connection.OnTransportDone();
    }
}
