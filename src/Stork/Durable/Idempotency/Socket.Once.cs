using Stork.SocketIO.Events;
using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Durable.Idempotency;
using Stork.Wire;

namespace Stork;

// Events that are handled once, however often they come.
public sealed partial class Socket
{
    internal async ValueTask HandleOnceAsync(Packet packet, OnceEvent once)
    {
        string key;
        try
        {
            key = once.KeyOf(SocketEvent.Copy(this, packet, new Acknowledgement(this, id: -1))) ?? throw new System.Text.Json.JsonException("The event has no id.");
        }
        catch (Exception exception)
        {
            HandlerRunner.Fail(this, new InvalidArgumentsException(exception), once.Name.Text, new Acknowledgement(this, packet.AckId));
            return;
        }

        var answer = await once.RunAsync(key, () => CollectAsync(packet));
        if (answer is not null && packet.AckId >= 0) SendAnswer(packet.AckId, answer, once.Name.Text);
    }

    private async Task<OnceAnswer> CollectAsync(Packet packet)
    {
        var answer = new OnceAnswer();
        await HandlerRunner.RunAllAsync(this, packet, new Acknowledgement(this, packet.AckId, answer));
        return answer;
    }

    private void SendAnswer(long ackId, byte[] answer, string once)
    {
        if (!Connected) return;
        var body = InboxBody.Read(answer);
        var attachments = body.GetAttachments();
        if (ClientLimits.FindFault(body.Json, attachments.Length, Server.Serializer.MaxAttachments) is { } fault)
        {
            // Stored by an earlier version, which let it pass.
            HandlerRunner.Fail(this, new UndeliverableException(fault), once, new Acknowledgement(this, ackId));
            return;
        }

        var packet = Output.StartPacket();
        try
        {
            packet.WriteRaw(body.Json);
            foreach (var attachment in attachments) packet.AddAttachment(attachment.Span);
            packet.Finish(PacketType.Ack, Namespace.Utf8Name, ackId);
            _ = Connection.Send(packet, PacketFlags.None);
        }
        finally
        {
            packet.Release();
        }
    }
}
