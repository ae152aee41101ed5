using Stork.Durable.Storage;
using Stork.Queues;

namespace Stork.Durable.WorkQueues;

/// <summary>Stores what one socket sends into one work queue.</summary>
internal sealed class QueueProducer(Socket socket, QueueMapping mapping)
    : SocketProducer(socket, mapping.WithholdsWhenFull, mapping.RetryDelay)
{
    private readonly MessageQueue _queue = socket.Server.RequireStore().Queue(mapping.Name);
    private bool? _isAllowed;

    protected override bool ExplainsRefusals => true;

    /// <summary>Completes when the socket's next event may be handled.</summary>
    public async ValueTask OnEvent(SocketEvent received, Func<SocketEvent, EnqueueOptions?> select)
    {
        _isAllowed ??= await mapping.Producers.IsAllowedAsync(Socket, mapping.Name);
        if (_isAllowed != true)
            await RefuseAsync(received, "forbidden", "This client may not put jobs into this queue.");
        else if (Describe(received, select) is not { } message)
            await RefuseAsync(received, "invalid", "The job is missing, or not what this queue takes.");
        else
            await StoreAsync(received, _queue, message);
    }

    public override TraceSpan StartSend(int count) => QueueTelemetry.StartSend(mapping.Name, count);

    protected override void LogNotStored(SocketEvent received, Exception failure) =>
        QueueLog.NotStored(Socket.Server.Logger, failure, mapping.Name, Socket.Id);

    private Message? Describe(SocketEvent received, Func<SocketEvent, EnqueueOptions?> select)
    {
        if (received.Arguments.Count == 0) return null;
        try
        {
            var options = select(received) ?? EnqueueOptions.None;
            var body = JobBody.Write(received.Arguments.GetJson(0), received.Arguments.Attachments, out var attachments);
            return JobMessage.Create(body, attachments, options);
        }
#pragma warning disable CA1031 // Whatever the application's own reading of what a client sent ends in, the client is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            QueueLog.InvalidJob(Socket.Server.Logger, failure, mapping.Name, Socket.Id);
            return null;
        }
    }
}
