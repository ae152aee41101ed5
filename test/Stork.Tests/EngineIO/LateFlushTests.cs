using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Stork.Diagnostics;
using Stork.EngineIO;
using Stork.EngineIO.Transports;
using Stork.EngineIO.WebSockets;
using Stork.Protocol;
using Stork.Tests.Timing;
using Stork.Wire;

namespace Stork.Tests.EngineIO;

/// <summary>A flush to a slow client that comes back when the connection is over already: its pipe may be another's by then.</summary>
public sealed class LateFlushTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_written_once_the_connection_is_over(bool isClosedByServer)
    {
        await using var app = await StorkApp.StartAsync();
        var time = new ManualTime();
        using var engine = new EngineServer(
            app.Services.GetRequiredService<IOptions<SocketIOOptions>>().Value.ToEngineOptions(),
            static (_, _) => new Listener(),
            NullLogger.Instance,
            app.Services.GetRequiredService<SocketIOMetrics>(),
            time);
        var fromClient = new Pipe();
        var toClient = new HeldWriter();
        var connection = engine.CreateConnection("session");
        var socket = WebSocketConnection.FromTransport(new Duplex(fromClient.Reader, toClient), lifetime: null);
        var transport = new WebSocketTransport(connection, socket, isProbe: false, isTextOnly: false);
        engine.Open(connection, transport, new DefaultHttpContext());
        var running = transport.RunAsync();
        toClient.Flushes.ShouldBe(1, "the client has its handshake");

        toClient.Hold();
        _ = connection.Send(new EncodedPacket(EncodedFrame.Text(EnginePacketType.Message, "hello"u8)));
        toClient.Flushes.ShouldBe(2);
        if (isClosedByServer) connection.Close(DisconnectReason.ForcedServerClose);
        await fromClient.Writer.CompleteAsync();
        await running.Within("the end of the connection");
        toClient.IsOver = true;
        toClient.Release();

        toClient.Misuses.ShouldBe(0);
        engine.ClientsCount.ShouldBe(0);
        engine.Wheel.Count.ShouldBe(0);
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    private sealed class Listener : IEngineListener
    {
        public void OnMessage(in EnginePacket message)
        {
        }

        public void OnClosed(DisconnectReason reason, string? details)
        {
        }

        public ValueTask WaitForCapacityAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Takes everything; its flushes come back when they are let.</summary>
    private sealed class HeldWriter : PipeWriter
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();
        private TaskCompletionSource<FlushResult>? _held;

        public int Flushes { get; private set; }

        /// <summary>The transport has let go of it.</summary>
        public bool IsOver { get; set; }

        public int Misuses { get; private set; }

        public void Hold() => _held = new TaskCompletionSource<FlushResult>();

        /// <summary>What waits for the flush goes on here, before this returns.</summary>
        public void Release() => _held!.SetResult(default);

        public override Memory<byte> GetMemory(int sizeHint = 0) => Used(_bytes.GetMemory(sizeHint));

        public override Span<byte> GetSpan(int sizeHint = 0) => Used(_bytes.GetMemory(sizeHint)).Span;

        public override void Advance(int bytes) => _bytes.Advance(bytes);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            Flushes++;
            return Used(_held is { } held ? new ValueTask<FlushResult>(held.Task) : new ValueTask<FlushResult>(default(FlushResult)));
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        private T Used<T>(T value)
        {
            if (IsOver) Misuses++;
            return value;
        }
    }
}
