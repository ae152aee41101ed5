using Stork.Queues;

namespace Stork;

/// <summary>A part of the messages of a queue, by sequence.</summary>
/// <param name="Messages">The messages.</param>
/// <param name="Next">What to give as the lowest sequence for the next part; null: this was the last.</param>
public sealed record MessagePage(IReadOnlyList<MessageInfo> Messages, long? Next);
