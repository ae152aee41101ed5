using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Stork.EventLoops;
using Stork.EngineIO.Takeover;
using Stork.EngineIO.WebSockets;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Timing;
using Stork.Wire;

namespace Stork.EngineIO.Transports;

/// <summary>
/// Engine.IO over WebSocket. Reading: everything that arrived is handled as one batch, then everything written meanwhile is flushed once.
/// Writing: straight into the output pipe while it has room; when it has none, packets wait in the connection's queue.
/// </summary>
[DebuggerDisplay("websocket, probe: {_isProbe}, unflushed {_out.Unflushed} B, flushing: {_flushing}, closing: {_closing}, dead: {_dead}")]
[SuppressMessage("Design", "CA1001", Justification = "RunAsync is the life of the transport and disposes what it has at its end.")]
internal sealed class WebSocketTransport : Transport, IConnectionOwner
{
    /// <summary>
    /// No more than this, and one packet, is written into the pipe before it is flushed and shows whether the client keeps up.
    /// </summary>
    private const int FlushChunk = 64 * 1024;

    private readonly EngineConnection _connection;
    private readonly WebSocketConnection _socket;
    private readonly WebSocketMessageReader _reader;
    private bool _isProbe;

    private WebSocketOutput _out;
    private bool _flushing;
    private bool _closing;
    private bool _dead;
    private bool _isReadToEnd;
    private WebSocketCloseCode _closeCode = WebSocketCloseCode.Normal;
    private WebSocketProtocolException? _violation;
    private CutOff? _cutOff;

    /// <param name="connection">The session.</param>
    /// <param name="socket">The WebSocket; the transport disposes it.</param>
    /// <param name="isProbe">Whether it is not yet the session's transport.</param>
    /// <param name="isTextOnly">Whether binary messages have to be sent as text, in base64.</param>
    public WebSocketTransport(EngineConnection connection, WebSocketConnection socket, bool isProbe, bool isTextOnly)
    {
        _connection = connection;
        _socket = socket;
        _isProbe = isProbe;
        MessageInflater? inflater = null;
        PacketCompressor? compressor = null;
        if (socket.Deflate is { } agreement)
        {
            inflater = new MessageInflater(agreement.ClientWindowBits, agreement.ClientTakeover);
            // Base64 is made anew for each of the few clients that ask for it.
            if (!isTextOnly) compressor = new PacketCompressor(agreement, connection.Server.Metrics);
        }

        _reader = new WebSocketMessageReader(connection.Options.MaxHttpBufferSize, inflater: inflater);
        _out = new WebSocketOutput(socket.Output, isTextOnly, compressor);
    }

    public override SocketIOTransports Kind => SocketIOTransports.WebSocket;

    public override bool IsReady => HasRoom && _out.Unflushed == 0;

    private bool HasRoom => !_flushing && !_closing && !_dead;

    public override bool IsBroken => _dead;

    /// <summary>
    /// True from a closing that is not an abort: what was accepted before still leaves, within <see cref="Transport.CloseTimeout"/>.
    /// </summary>
    private bool IsEnding => _closing || _cutOff is not null;

    public override bool IsFlushDue => _out.Unflushed >= FlushChunk;

    /// <summary>Reads until the connection is over, then lets go of it.</summary>
    public async Task RunAsync()
    {
        // One asynchronous method for the whole life: each more would cost every idle connection its state.
        try
        {
            var input = _socket.Input;
            while (true)
            {
                var result = await input.ReadAsync();
                var buffer = result.Buffer;
                var goOn = HandleBatch(ref buffer, out var mustLeaveThread);
                if (mustLeaveThread)
                {
                    await Task.Yield();
                    goOn = HandleBatch(ref buffer, out _);
                }
                // What a full listener left in the buffer has not been looked at: the next read brings it at once.
                var isFull = !_isProbe && _connection.IsFull;
                input.AdvanceTo(buffer.Start, isFull ? buffer.Start : buffer.End);
                // A cancelled read is the server beginning to stop; it says nothing about this connection.
                if (goOn && result.IsCompleted && !isFull && !_isProbe) _connection.MarkCut();
                if (!goOn || (result.IsCompleted && !isFull)) break;
                if (isFull) await _connection.WaitForCapacityAsync();
            }

            _isReadToEnd = _violation is null;
            EndSession(_violation is null ? DisconnectReason.TransportClose : DisconnectReason.TransportError, _violation?.Message);
            // Bytes left unread would turn the end into a reset, which may overtake the close frame that says what was wrong. The cut-off
            // bounds this.
            for (var isOver = _violation is null || _cutOff is null; !isOver;)
            {
                var rest = await input.ReadAsync();
                input.AdvanceTo(rest.Buffer.End);
                isOver = rest.IsCompleted;
            }
        }
        catch (Exception exception)
            when (exception is IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // Resets and aborts: the peer is gone, whatever the layer below calls it.
            if (!_isProbe) _connection.MarkCut();
            lock (_connection.Gate) _dead = true;
            EndSession(DisconnectReason.TransportError, ExceptionText.MessageOf(exception));
        }
        catch (Exception exception)
        {
            // A fault of ours, or of an adapter: this connection ends as any other, so that its sockets learn of it.
            Log.ConnectionFailed(_connection.Server.Logger, exception, _connection.Id);
            lock (_connection.Gate) _dead = true;
            EndSession(DisconnectReason.TransportError, "Internal error.");
        }
        finally
        {
            // The output is another's as soon as this ends: a flush that comes back later must not find anything left to write.
            lock (_connection.Gate)
            {
                _dead = true;
                _out.Dispose();
            }

            _reader.Dispose();
            if (_cutOff is not null) _connection.Server.Wheel.Cancel(_cutOff);
            if (!_isProbe) _connection.OnTransportDone();
            await _socket.DisposeAsync();
        }
    }

    /// <summary>The server that stops closes its sessions itself; this is for one of its endpoints alone.</summary>
    public void BeginClose()
    {
        if (!_isProbe) _connection.Close(DisconnectReason.ServerShuttingDown);
    }

    public override bool TryWrite(EncodedPacket packet)
    {
        if (!HasRoom) return false;
        _out.Write(packet);
        return true;
    }

    public override bool TryWrite(PacketBuilder packet, PacketFlags flags)
    {
        if (!HasRoom) return false;
        _out.Write(packet, flags);
        return true;
    }

    public override void Flush(OutputQueue? queue)
    {
        while (!_flushing && !_dead)
        {
            while (!IsFlushDue && queue is not null && queue.TryPeek(out var packet) && TryWrite(packet)) queue.Dequeue();
            if (_out.Unflushed == 0) return;
            _connection.Server.BeforeOutput?.Invoke();
            var flush = _out.FlushAsync();
            if (flush.IsCompletedSuccessfully)
            {
                _dead |= flush.Result.IsCompleted;
                continue;
            }

            _flushing = true;
            _ = AwaitFlushAsync(flush);
        }
    }

    public override void PrefetchForFlush(int step)
    {
        if (step == 2) ProcessorCache.Prefetch(_out.Pipe);
        else if (_out.Pipe is SocketWriter writer) writer.PrefetchForSend();
    }

    public override void Close(OutputQueue? queue, bool abort)
    {
        if (abort)
        {
            _dead = true;
            _socket.Abort();
            return;
        }

        Flush(queue);
        if (!_isReadToEnd)
        {
            _cutOff = new CutOff(this);
            _connection.Server.Wheel.Schedule(_cutOff, CloseTimeout);
        }

        // Behind a flush that has not come through, and a queue that has not either, the farewell has to wait as well.
        if (!_flushing) SayGoodbye();
    }

    /// <summary>Closes a WebSocket that may not become the session's.</summary>
    public void Refuse()
    {
        lock (_connection.Gate) Close(queue: null, abort: false);
    }

    /// <summary>Handles what the buffer has; with <paramref name="mustLeaveThread"/>, up to what another thread has to handle.</summary>
    /// <returns>False when nothing more should be read.</returns>
    private bool HandleBatch(ref ReadOnlySequence<byte> buffer, out bool mustLeaveThread)
    {
        mustLeaveThread = false;
        var batch = OutputBatch.Enter();
        try
        {
            lock (_connection.Receiving)
            {
                _connection.Heartbeat.BeginBatch();
                try
                {
                    var asked = LoopThread.IsServing && _connection.Listener is { AreHandlersInPool: true } listener ? listener : null;
                    while ((_isProbe || !_connection.IsFull) && _reader.TryRead(ref buffer, asked, out var message, out mustLeaveThread))
                        if (!Handle(message)) return false;
                    return true;
                }
                finally
                {
                    _connection.Heartbeat.EndBatch();
                }
            }
        }
        catch (WebSocketProtocolException violation)
        {
            _violation = violation;
            _closeCode = violation.CloseCode;
            return false;
        }
        finally
        {
            _reader.ReleaseBuffers();
            batch.Exit();
        }
    }

    private bool Handle(in WebSocketMessage message)
    {
        switch (message.Opcode)
        {
            case WebSocketOpcode.Close:
                if (!_isProbe && !WebSocketClosePayload.IsGoingAway(message.Payload.Span)) _connection.MarkLeftByClient();
                return false;
            case WebSocketOpcode.Ping:
                SendControl(WebSocketOpcode.Pong, message.Payload.Span);
                return true;
            case WebSocketOpcode.Pong:
                return true;
            default:
                return HandlePacket(message);
        }
    }

    private bool HandlePacket(in WebSocketMessage message)
    {
        // Once we are closing, only the client's close frame is of interest; output may still be on its way, so reading goes on.
        if (IsEnding) return true;
        try
        {
            var packet = message.Opcode == WebSocketOpcode.Text
                ? EnginePacketReader.ReadText(message.Payload)
                : EnginePacketReader.ReadBinary(message.Payload);
            if (!_isProbe) return _connection.Receive(packet) || IsEnding;
            if (!_connection.ReceiveProbe(this, packet)) return false;
            _isProbe = packet.Type != EnginePacketType.Upgrade;
            return true;
        }
        catch (ProtocolException violation)
        {
            if (_isProbe) return false;
            _connection.CloseForViolation(violation);
            return IsEnding;
        }
    }

    private void SendControl(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        lock (_connection.Gate)
        {
            // A pong for a client that does not read is no use to anybody and would escape the output limit.
            if (_flushing || _closing || _dead) return;
            _out.WriteFrame(opcode, payload);
            Flush(queue: null);
        }
    }

    private void SayGoodbye()
    {
        if (_closing || _dead) return;
        _closing = true;
        _out.WriteClose(_closeCode);
        if (_isReadToEnd && _socket.Takeover == TakeoverOutcome.TakenOver)
        {
            // Nothing is to come from either side: the close frame and the end of the connection may leave in one segment.
            _out.Complete();
            return;
        }

        Flush(queue: null);
    }

    private async Task AwaitFlushAsync(ValueTask<FlushResult> flush)
    {
        var dead = false;
        try
        {
            dead = (await flush).IsCompleted;
        }
        catch (Exception)
        {
            // Whatever it was, the stream below takes no more bytes.
            dead = true;
        }

        lock (_connection.Gate)
        {
            _flushing = false;
            _dead |= dead;
            if (_dead) return;
            _connection.Flush();
            if (_cutOff is not null && !_flushing) SayGoodbye();
        }
    }

    /// <summary>The reading is over: tell the session, and answer or send the close frame if that has not happened.</summary>
    private void EndSession(DisconnectReason reason, string? details)
    {
        if (_isProbe) _connection.AbandonUpgrade(this);
        else _connection.Close(reason, abort: false, details);
        lock (_connection.Gate)
        {
            if (_dead || _flushing) _socket.Abort();
            else SayGoodbye();
        }
    }

    /// <summary>Cuts a connection whose client does not answer our close frame.</summary>
    private sealed class CutOff(WebSocketTransport transport) : WheelEntry
    {
        internal override void OnDue() => transport._socket.Abort();
    }
}
