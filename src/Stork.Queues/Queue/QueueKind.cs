namespace Stork.Queues;

/// <summary>What a queue is for; it decides the defaults and is part of its name.</summary>
public enum QueueKind
{
    /// <summary>Jobs for competing consumers: each message is processed by one of them.</summary>
    Work = 0,

    /// <summary>Messages for one identity, in order, wherever and whenever it is connected.</summary>
    Inbox = 1,

    /// <summary>Messages that could not be processed, kept for inspection and redrive.</summary>
    DeadLetter = 2,
}
