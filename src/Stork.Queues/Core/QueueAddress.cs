using System.Runtime.InteropServices;

namespace Stork.Queues.Core;

/// <summary>What names a queue.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct QueueAddress(QueueKind Kind, string Name)
{
    /// <summary>The dead letters of all inboxes together.</summary>
    public const string InboxDeadLetters = "inbox.dlq";

    /// <summary>Where messages of this queue go when they cannot be processed.</summary>
    public QueueAddress DeadLetters => new(QueueKind.DeadLetter, Kind == QueueKind.Inbox ? InboxDeadLetters : Name + ".dlq");
}
