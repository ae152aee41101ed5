using Stork.Durable.Consumers;
using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.WorkQueues;

/// <summary>The events with which one client asks for jobs, where the queue's mapping lets it.</summary>
internal sealed class SocketConsumerEvents(Socket socket, QueueEvents queues)
{
    public const string Subscribe = "queue:subscribe";
    public const string Unsubscribe = "queue:unsubscribe";
    public const string Extend = "queue:extend";

    public void Listen()
    {
        socket.On(
            Subscribe,
            (string? queue, QueueSubscribeRequest? request, Acknowledgement answer) => SubscribeAsync(queue, request, answer));
        socket.On(Unsubscribe, (string? queue, Acknowledgement answer) => UnsubscribeAsync(queue, answer));
        socket.On(Extend, (string? id, Acknowledgement answer) => ExtendAsync(id, answer));
    }

    private static ValueTask RefuseAsync(Acknowledgement answer, string code, string message) =>
        answer.SendAsync(new RefusedReply("error", code, message, null));

    private async Task SubscribeAsync(string? name, QueueSubscribeRequest? request, Acknowledgement answer)
    {
        // A queue that does not exist is as forbidden as one that does: who may not look learns nothing.
        if (name is null || queues.FindForConsumers(name) is not { } queue || !await queue.Consumers.IsAllowedAsync(socket, name))
        {
            QueueLog.ConsumerRefused(socket.Server.Logger, socket.Id);
            await RefuseAsync(answer, "forbidden", "This client may not have jobs of this queue.");
            return;
        }

        var most = queue.ConsumerOptions.MaxInFlight;
        var wanted = Math.Clamp(request?.MaxInFlight ?? 1, 1, most);
        try
        {
            await socket.ConsumeAsync(name, queue.ConsumerOptions with { MaxInFlight = wanted });
        }
        catch (Exception failure) when (failure is InvalidOperationException or QueueException)
        {
            QueueLog.NotConsuming(socket.Server.Logger, failure, name);
            await RefuseAsync(answer, "unavailable", "The queue cannot be subscribed to now.");
            return;
        }

        // One that takes jobs already goes on as it began.
        await answer.SendAsync(new QueueConsumerReply("ok", socket.Feature<SocketConsumers>()?.MaxInFlightOf(name) ?? wanted));
    }

    private async Task UnsubscribeAsync(string? name, Acknowledgement answer)
    {
        if (name is not null) await socket.StopConsumingAsync(name);
        await answer.SendAsync(new QueueConsumerReply("ok", null));
    }

    /// <summary>Only what this very socket has can be extended.</summary>
    private async Task ExtendAsync(string? id, Acknowledgement answer)
    {
        var job = Guid.TryParse(id, out var parsed) ? socket.Feature<SocketConsumers>()?.FindJob(parsed) : null;
        try
        {
            if (job is not null && await job.ExtendAsync() == SettleOutcome.Done)
            {
                await answer.SendAsync(new QueueConsumerReply("ok", null));
                return;
            }
        }
        catch (QueueException)
        {
            // The store is closed or failed: there are no leases any more.
        }

        await RefuseAsync(answer, "lease_lost", "This client does not have this job, or no longer.");
    }
}
