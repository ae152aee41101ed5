using Stork.Durable.Inboxes;
using Stork.SocketIO.Acks;
using Stork.Wire;

namespace Stork.Durable.Idempotency;

/// <summary>Collects what the handlers of an event answer, so that it can be stored ahead of being sent.</summary>
internal sealed class OnceAnswer : IAnswerCollector
{
    /// <summary>The answer, laid out as <see cref="InboxBody"/>; null if there was none.</summary>
    public byte[]? Body { get; private set; }

    /// <summary>A handler threw: what it did is not over, and must not be remembered as if it were.</summary>
    public bool HasFailed { get; private set; }

    public void Collect(PacketBuilder answer) => Body = InboxBody.Create(answer);

    public void OnFailed() => HasFailed = true;
}
