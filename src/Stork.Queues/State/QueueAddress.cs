using System.Text;

namespace Stork.Queues.State;

/// <summary>What names a queue. It remembers the queue once that was found, so that it need not be looked for with every message.</summary>
internal sealed class QueueAddress(QueueKind kind, string name)
{
    /// <summary>The dead letters of all inboxes together.</summary>
    public const string InboxDeadLetters = "inbox.dlq";

    public QueueKind Kind { get; } = kind;

    public string Name { get; } = name;

    /// <summary>The queue, as far as the shard's thread has met it; for that thread alone.</summary>
    public QueueState? Known { get; set; }

    /// <summary>Where messages of this queue go when they cannot be processed.</summary>
    public QueueAddress DeadLetters => new(QueueKind.DeadLetter, Kind == QueueKind.Inbox ? InboxDeadLetters : Name + ".dlq");

    public byte[] Utf8Name => Encoding.UTF8.GetBytes(Name);
}
