using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Stork.Durable.Inboxes;
using Stork.Queues;
using Stork.SocketIO.Events;
using Stork.Wire;

namespace Stork.Durable.Idempotency;

/// <summary>
/// An event whose repeats are recognised by an id. What the handler answered is stored under the id when it is done, and answers every
/// repeat, also after a restart. Repeats that come while the handler runs wait for it.
/// </summary>
internal sealed class OnceEvent(SocketIOServer server, EventName name, Func<SocketEvent, string?> id, MessageQueue answers)
    : IEventInterceptor
{
    private const string QueuePrefix = "answers:";
    private const int MaxNameBytes = 200;

    /// <summary>How answers are kept: a day, and at most a million and 1 GiB of one event; the oldest make room.</summary>
    private static readonly QueueOptions Keeping = QueueOptions.Work with
    {
        TimeToLive = TimeSpan.FromHours(24),
        DedupWindow = TimeSpan.FromHours(24),
        Overflow = Overflow.DropHead,
        DeadLetter = false,
    };

    private static readonly byte[] Empty = InboxBody.Create("[]"u8, []);

    private readonly ConcurrentDictionary<string, Task<byte[]?>> _running = new(StringComparer.Ordinal);
    private readonly UnstoredAnswers _unstored = new(answers);

    public EventName Name => name;

    public static MessageQueue QueueOf(QueueStore store, Namespace nsp, string name)
    {
        var full = $"{QueuePrefix}{nsp.Name},{name}";
        var bytes = Encoding.UTF8.GetBytes(full);
        return store.Queue(bytes.Length <= MaxNameBytes ? full : QueuePrefix + Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    public static QueueOptions? OptionsOf(QueueKind kind, string name) =>
        kind == QueueKind.Work && name.StartsWith(QueuePrefix, StringComparison.Ordinal) ? Keeping : null;

    public async ValueTask HandleAsync(Socket socket, Packet packet)
    {
        string key;
        try
        {
            var picked = id(SocketEvent.Copy(socket, packet, new Acknowledgement(socket, id: -1)));
            key = string.IsNullOrEmpty(picked) ? throw new JsonException("The event has no id.") : OnceKey.Of(socket, picked);
        }
        catch (Exception exception)
        {
            HandlerRunner.Fail(socket, new InvalidArgumentsException(exception), name.Text, new Acknowledgement(socket, packet.AckId));
            return;
        }

        var answer = await FindOrHandleAsync(key, () => CollectAsync(socket, packet));
        if (answer is not null && packet.AckId >= 0) SendAnswer(socket, packet.AckId, answer);
    }

    private static async Task<OnceAnswer> CollectAsync(Socket socket, Packet packet)
    {
        var answer = new OnceAnswer();
        await HandlerRunner.RunAllAsync(socket, packet, new Acknowledgement(socket, packet.AckId, answer));
        return answer;
    }

    /// <returns>The answer; null: none is to be sent, so that the client tries again.</returns>
    private async Task<byte[]?> FindOrHandleAsync(string key, Func<Task<OnceAnswer>> handle)
    {
        var mine = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = _running.GetOrAdd(key, mine.Task);
        if (running != mine.Task) return await running;
        byte[]? answer = null;
        try
        {
            return answer = await FindAsync(key) ?? await HandleAsync(key, handle);
        }
        catch (QueueException exception)
        {
            // Without an answer the client tries again.
            Log.NotRemembered(server.Logger, exception, name.Text);
            return null;
        }
        finally
        {
            // In this order: whoever comes in between finds the answer in the store.
            _running.TryRemove(key, out _);
            mine.SetResult(answer);
        }
    }

    /// <summary>The answer that the event got before; null: it has yet to be handled, and the store will take the answer.</summary>
    /// <exception cref="QueueException">The store cannot say, or would not take it: the event must not be handled now.</exception>
    private async Task<byte[]?> FindAsync(string key)
    {
        await _unstored.StoreAllAsync();
        var check = answers.CheckAsync(new Message(Empty) { DedupId = key, Subject = "answer" });
        if ((await answers.FindAsync(key))?.Body is { } known) return known;
        await check;
        return null;
    }

    private async Task<byte[]?> HandleAsync(string key, Func<Task<OnceAnswer>> handle)
    {
        var answer = await handle();
        if (answer.HasFailed) return answer.Body;
        var body = answer.Body ?? Empty;
        // An answer that is too large to be kept is given this once; what matters is that the event is not handled again.
        var kept = body.Length <= Keeping.MaxMessageBytes ? body : Empty;
        await _unstored.StoreAsync(key, kept);
        return body;
    }

    private void SendAnswer(Socket socket, long ackId, byte[] answer)
    {
        if (!socket.Connected) return;
        var body = InboxBody.Read(answer);
        var attachments = body.GetAttachments();
        if (ClientLimits.FindFault(body.Json, attachments.Length, socket.Server.Serializer.MaxAttachments) is { } fault)
        {
            // Stored by an earlier version, which let it pass.
            HandlerRunner.Fail(socket, new UndeliverableException(fault), name.Text, new Acknowledgement(socket, ackId));
            return;
        }

        var packet = socket.Output.StartPacket();
        try
        {
            packet.WriteRaw(body.Json);
            foreach (var attachment in attachments) packet.AddAttachment(attachment.Span);
            packet.Finish(PacketType.Ack, socket.Namespace.Utf8Name, ackId);
            _ = socket.Connection.Send(packet, PacketFlags.None);
        }
        finally
        {
            packet.Release();
        }
    }
}
