using Stork.EngineIO;
using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Wire;
using Stork.Queues;

namespace Stork;

// Messages that wait for this client, and its acknowledgements of them.
public sealed partial class Socket
{
    internal SocketInboxes? Inboxes => Feature<SocketInboxes>();

    /// <summary>
    /// Gives the client an inbox, besides the one of its identity: what waits in it and what comes is sent as ordinary events, in order, until the client
    /// acknowledges them. In middlewares and connection handlers it begins once those are done. Ends with the socket. A second call for an inbox that the client
    /// has changes nothing.
    /// </summary>
    /// <param name="identity">The inbox's name. The caller vouches that the client may have it.</param>
    /// <param name="options">How to take the messages. Null: <see cref="SocketIOOptions.Inbox"/>.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set, or the socket has 64 inboxes and queues.</exception>
    /// <exception cref="ArgumentException">The options break a rule.</exception>
    /// <exception cref="QueueException">The inbox cannot be had: it knows 64 devices already, has too many consumers, or the store is closed or failed. Before the
    /// connection handlers are done that is only logged (event 41).</exception>
    public Task SubscribeInboxAsync(string identity, InboxOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity);
        _ = Server.RequireStore();
        options ??= Server.Storage.Inbox;
        InboxOptions.CheckDevice(options.Device);
        if (options.FindFault() is { } fault) throw new ArgumentException(fault + ".", nameof(options));
        return Inboxes!.SubscribeAsync(identity, options).WaitAsync(cancellationToken);
    }

    /// <summary>Takes an inbox away from the client; what it has not acknowledged goes back, uncounted.</summary>
    /// <param name="identity">The inbox's name.</param>
    /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
    public Task UnsubscribeInboxAsync(string identity, CancellationToken cancellationToken = default) =>
        Inboxes?.UnsubscribeAsync(identity).WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Sends a stored event; false if the client has gone.</summary>
    /// <exception cref="InvalidDataException">It is no event, or none that clients can take.</exception>
    internal bool SendDelivery(Delivery delivery, string inbox, InboxOptions options, bool isAsking)
    {
        var body = InboxBody.Read(delivery.Body);
        var attachments = body.GetAttachments();
        CheckDeliverable(body.Json, attachments.Length);
        if (!Connected) return false;
        var packet = Output.StartPacket();
        try
        {
            if (options.Metadata == DeliveryMetadata.Trailing)
            {
                packet.WriteRaw(body.Json[..^1]);
                packet.WriteRaw(","u8);
                WriteMetadata(packet, delivery, inbox);
                packet.WriteRaw("]"u8);
            }
            else
            {
                packet.WriteRaw(body.Json);
            }

            foreach (var attachment in attachments) packet.AddAttachment(attachment.Span);
            Output.SendUnkept(packet, name: null, isAsking ? delivery.AckId : -1);
            return true;
        }
        finally
        {
            packet.Release();
        }
    }

    internal void SendSynced(string name, int pending)
    {
        if (!Connected) return;
        var packet = Output.StartPacket();
        try
        {
            packet.Json.WriteStartArray();
            packet.Json.WriteStringValue(name);
            packet.Json.WriteStartObject();
            packet.Json.WriteNumber("pending"u8, pending);
            packet.Json.WriteEndObject();
            packet.Json.WriteEndArray();
            _ = Output.SendEvent(packet, name, PacketFlags.None, ackId: -1);
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>What an earlier version stored, or others put into the store, was not checked when it was stored.</summary>
    private void CheckDeliverable(ReadOnlySpan<byte> json, int attachments)
    {
        if (attachments > 0 && ClientLimits.FindFault(json, attachments, Server.Serializer.MaxAttachments) is { } fault) throw new InvalidDataException(fault);
    }

    private static void WriteMetadata(PacketBuilder packet, Delivery delivery, string inbox)
    {
        packet.Json.WriteStartObject();
        packet.Json.WriteString("id"u8, delivery.Id);
        packet.Json.WriteString("queue"u8, inbox);
        packet.Json.WriteNumber("seq"u8, delivery.Sequence);
        packet.Json.WriteNumber("attempt"u8, delivery.DeliveryCount);
        packet.Json.WriteBoolean("redelivered"u8, delivery.Redelivered);
        if (delivery.Key is { } key) packet.Json.WriteString("key"u8, key);
        packet.Json.WriteString("enqueuedAt"u8, delivery.EnqueuedAt);
        packet.Json.WriteEndObject();
    }
}
