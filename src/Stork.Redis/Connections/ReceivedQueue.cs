using System.Diagnostics;
using System.Threading.Channels;
using StackExchange.Redis;
using Stork.Redis.Diagnostics;

namespace Stork.Redis.Connections;

/// <summary>
/// Messages of one namespace that have come from Redis, in their order, until they are handled: one after the other, on a thread of the
/// pool.
/// </summary>
/// <remarks>The client library reads as fast as Redis writes, and keeps what nobody has taken, however much it is. So whatever it gives is
/// taken at once, and dropped here where too much waits.</remarks>
/// <param name="handle">Handles a message; must not throw.</param>
/// <param name="together">Handles messages that have come together.</param>
/// <param name="drop">Is told of a message that is dropped.</param>
/// <param name="maxBytes">Bytes that may wait, with what keeping them takes besides. One message may always.</param>
/// <param name="metrics">Where they are counted.</param>
[DebuggerDisplay("{WaitingBytes} bytes wait")]
internal sealed class ReceivedQueue(
    Action<MessageSource, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> handle,
    Action<Action> together,
    Action drop,
    long maxBytes,
    RedisMetrics metrics)
{
    /// <summary>Messages that are handled together at most, when so many wait: the clients of the first one wait for the last.</summary>
    private const int MostTogether = 32;

    /// <summary>What a message takes besides its bytes: otherwise any number of empty ones could wait.</summary>
    private const int BytesAround = 128;

    private readonly Channel<Received> _waiting =
        Channel.CreateUnbounded<Received>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = false });

    private Task _handling = Task.CompletedTask;
    private long _bytes;

    /// <summary>Bytes that wait, or are being handled.</summary>
    public long WaitingBytes => Interlocked.Read(ref _bytes);

    public void Start() => _handling = Task.Run(HandleAllAsync);

    /// <summary>Takes all messages of a subscription.</summary>
    public void AddAllOf(ChannelMessageQueue subscription, MessageSource source) =>
        subscription.OnMessage(message => Add(source, (byte[]?)message.Channel ?? [], message.Message));

    /// <summary>Takes a message, or drops it.</summary>
    public void Add(MessageSource source, ReadOnlyMemory<byte> channel, ReadOnlyMemory<byte> bytes)
    {
        var received = new Received(source, channel, bytes);
        var before = Interlocked.Add(ref _bytes, received.Size) - received.Size;
        if (before > 0 && before + received.Size > maxBytes)
        {
            Interlocked.Add(ref _bytes, -received.Size);
            drop();
        }
        else if (_waiting.Writer.TryWrite(received))
        {
            metrics.Queued(received.Size);
        }
    }

    /// <summary>Takes nothing any more, and waits until all that was taken is handled.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        return _handling.WaitAsync(cancellationToken);
    }

    private async Task HandleAllAsync()
    {
        var handleSome = HandleSome;
        while (await _waiting.Reader.WaitToReadAsync()) together(handleSome);
    }

    private void HandleSome()
    {
        for (var handled = 0; handled < MostTogether && _waiting.Reader.TryRead(out var received); handled++)
        {
            handle(received.Source, received.Channel, received.Bytes);
            Interlocked.Add(ref _bytes, -received.Size);
            metrics.Queued(-received.Size);
        }
    }

    private readonly record struct Received(MessageSource Source, ReadOnlyMemory<byte> Channel, ReadOnlyMemory<byte> Bytes)
    {
        public int Size => BytesAround + Channel.Length + Bytes.Length;
    }
}
