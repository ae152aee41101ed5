using System.Collections;
using RabbitMQ.Client;

namespace Stork.Queues.Bench.Peers;

/// <summary>A channel in confirm mode with one batch outstanding at a time.</summary>
internal sealed class RabbitLane
{
    private static readonly BasicProperties s_persistent = new() { Persistent = true };

    private readonly IChannel _channel;
    private readonly string _queue;
    private readonly Lock _gate = new();
    private BitArray _confirmed = new(0);
    private TaskCompletionSource _stored = new();
    private ulong _before;
    private int _missing;

    private RabbitLane(IChannel channel, string queue)
    {
        (_channel, _queue) = (channel, queue);
        channel.BasicAcksAsync += (_, confirm) => Confirm(confirm.DeliveryTag, confirm.Multiple);
        channel.BasicNacksAsync += (_, _) => Fail("RabbitMQ refused a message");
        channel.ChannelShutdownAsync += (_, reason) => Fail("RabbitMQ closed the channel: " + reason);
    }

    public static async Task<RabbitLane> OpenAsync(IConnection connection, string queue)
    {
        // Confirms are counted here: the client's own tracking costs a task for each message.
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false));
        var quorum = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, quorum);
        return new RabbitLane(channel, queue);
    }

    /// <summary>Publishes so many messages and completes when all are confirmed.</summary>
    public async Task PublishAsync(int messages, ReadOnlyMemory<byte> body)
    {
        lock (_gate)
        {
            _before += (ulong)_confirmed.Length;
            _confirmed = new BitArray(messages);
            _missing = messages;
            _stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        for (var i = 0; i < messages; i++) await _channel.BasicPublishAsync("", _queue, mandatory: false, s_persistent, body);
        await _stored.Task;
    }

    /// <summary>Tags count the publishes of the channel from 1; confirms may come in any order.</summary>
    private Task Confirm(ulong tag, bool multiple)
    {
        lock (_gate)
        {
            var last = (int)(tag - _before) - 1;
            for (var i = multiple ? 0 : last; i <= last; i++)
            {
                if (_confirmed[i]) continue;
                _confirmed[i] = true;
                _missing--;
            }

            if (_missing == 0) _stored.TrySetResult();
        }

        return Task.CompletedTask;
    }

    private Task Fail(string reason)
    {
        _stored.TrySetException(new BenchmarkException(reason));
        return Task.CompletedTask;
    }
}
