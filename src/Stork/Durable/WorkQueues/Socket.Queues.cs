using System.Text.Json;
using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Wire;
using Stork.Queues;
using Stork.Administration;
using Stork.Diagnostics;
using Stork.Durable.WorkQueues;

namespace Stork;

// Jobs that this client works on.
public sealed partial class Socket
{
    /// <summary>
    /// Makes the client a worker: it is sent jobs of the queue as ordinary events, one by one, and settles each with its acknowledgement; see
    /// <see cref="AckStyle.Value"/> for what it can say. Of several workers the least busy gets a job. In middlewares and connection handlers it begins once
    /// those are done. Ends with the socket: then what the client has not acknowledged waits for its return (<see cref="QueueOptions.DisconnectGrace"/>), and
    /// goes to others. A second call for a queue that the client takes jobs of changes nothing.
    /// </summary>
    /// <param name="queue">The queue's name. The caller vouches that the client may have its jobs.</param>
    /// <param name="maxInFlight">Jobs it may have at once, 1 to 2,000.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set, or the socket has 64 inboxes and queues.</exception>
    /// <exception cref="QueueException">The queue has too many consumers, or the store is closed or failed. Before the connection handlers are done that is
    /// only logged (event 41).</exception>
    public Task ConsumeAsync(string queue, int maxInFlight = 1, CancellationToken cancellationToken = default) =>
        ConsumeAsync(queue, new SocketConsumerOptions { MaxInFlight = maxInFlight }, cancellationToken);

    /// <inheritdoc cref="ConsumeAsync(string, int, CancellationToken)"/>
    /// <param name="queue">The queue's name. The caller vouches that the client may have its jobs.</param>
    /// <param name="options">How it takes them.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <exception cref="ArgumentException">The options break a rule, or jobs would come as an event whose name is reserved.</exception>
    public Task ConsumeAsync(string queue, SocketConsumerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        ArgumentNullException.ThrowIfNull(options);
        _ = Server.RequireStore().Queue(queue);
        var inbox = options.ToInboxOptions(queue);
        Server.WorkQueues.NoteSocketConsumer(queue);
        return Inboxes!.SubscribeAsync(queue, inbox, options.Event ?? queue).WaitAsync(cancellationToken);
    }

    /// <summary>The client gets no more jobs of a queue; those it has not acknowledged go to others, uncounted.</summary>
    /// <param name="queue">The queue's name.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    public Task StopConsumingAsync(string queue, CancellationToken cancellationToken = default) =>
        Inboxes?.UnsubscribeAsync(queue, isWork: true).WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Sends a job as an event; false if the client has gone.</summary>
    /// <exception cref="InvalidDataException">The stored bytes are no JSON, or nothing that clients can take.</exception>
    internal bool SendJob(Delivery delivery, string name, InboxOptions options, bool isAsking)
    {
        if (!Connected) return false;
        var packet = Output.StartPacket();
        try
        {
            var (json, attachments) = JobBody.Split(delivery);
            CheckDeliverable(json.Span, attachments.Length);
            packet.Json.WriteStartArray();
            packet.Json.WriteStringValue(name);
            // Whatever is in the store, a client gets a well-formed packet.
            CheckJson(json.Span);
            packet.Json.WriteRawValue(json.Span, skipInputValidation: true);
            if (options.Metadata == DeliveryMetadata.Trailing) WriteMetadata(packet, delivery, delivery.QueueName);
            packet.Json.WriteEndArray();
            foreach (var attachment in attachments) packet.AddAttachment(attachment.Span);
            Output.SendUnkept(packet, name, isAsking ? delivery.AckId : -1);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InvalidDataException("The job is not JSON.", exception);
        }
        finally
        {
            packet.Release();
        }
    }
    /// <summary>By itself the writer would stop at a depth of 64, whatever <see cref="SocketIOOptions.MaxJsonDepth"/> lets clients hand in.</summary>
    private static void CheckJson(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ProtocolLimits.LargestJsonDepth });
        while (reader.Read())
        {
        }
    }
}
