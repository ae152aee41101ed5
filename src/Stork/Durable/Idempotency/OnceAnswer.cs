namespace Stork.Durable.Idempotency;

/// <summary>Collects what the handlers of an event answer, instead of sending it.</summary>
internal sealed class OnceAnswer
{
    /// <summary>The answer, laid out as <see cref="Inboxes.InboxBody"/>; null if there was none.</summary>
    public byte[]? Body { get; set; }

    /// <summary>A handler threw: what it did is not over, and must not be remembered as if it were.</summary>
    public bool HasFailed { get; set; }
}
