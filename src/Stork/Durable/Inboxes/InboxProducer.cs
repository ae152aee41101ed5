using System.Text.Json;
using Stork.Durable.Idempotency;
using Stork.Durable.Storage;
using Stork.Queues;

namespace Stork.Durable.Inboxes;

/// <summary>Stores what one socket sends into inboxes.</summary>
internal sealed class InboxProducer(Socket socket, InboxMapping mapping)
    : SocketProducer(socket, mapping.WithholdsWhenFull, mapping.RetryDelay)
{
    protected override bool ExplainsRefusals => false;

    /// <summary>Completes when the socket's next event may be handled.</summary>
    public async ValueTask OnEvent(SocketEvent received, Func<SocketEvent, InboxMessageOptions?> select)
    {
        string? target;
        InboxMessageOptions options;
        try
        {
            target = mapping.Inbox(received);
            options = select(received) ?? InboxMessageOptions.None;
            if (mapping.DedupId is { } id) options = options with { DedupId = OnceKey.Of(Socket, RequireId(id(received))) };
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            Log.InvalidArguments(Socket.Server.Logger, received.Name, Socket.Id, ExceptionText.MessageOf(exception));
            await RefuseAsync(received, "invalid", "The event is not what the inbox takes.");
            return;
        }

        if (string.IsNullOrEmpty(target)) await RefuseAsync(received, "forbidden", "This client may not put events into this inbox.");
        else await StoreAsync(received, target, options);
    }

    public override TraceSpan StartSend(int count) => default;

    protected override void LogNotStored(SocketEvent received, Exception failure) =>
        Log.NotStored(Socket.Server.Logger, failure, received.Name, Socket.Id);

    private static string RequireId(string? id) => string.IsNullOrEmpty(id) ? throw new JsonException("It has no id.") : id;

    private async ValueTask StoreAsync(SocketEvent received, string target, InboxMessageOptions options)
    {
        MessageQueue queue;
        Message message;
        try
        {
            queue = Socket.Namespace.Inbox(target).Queue;
            var body = InboxBody.Create(received.Arguments.Json.Span, received.Arguments.AttachmentArray);
            message = Inbox.CreateMessage(received.Name, body, options);
        }
        catch (QueueException exception)
        {
            await RefuseAsync(received, exception);
            return;
        }

        await StoreAsync(received, queue, message);
    }
}
