namespace Stork;

/// <summary>A part of the list of queues, by name.</summary>
/// <param name="Queues">The queues.</param>
/// <param name="Next">What to give as <c>after</c> for the next part; null: this was the last.</param>
public sealed record QueuePage(IReadOnlyList<QueueReport> Queues, string? Next);
