using Stork.Timing;

namespace Stork.SocketIO.Acks;

/// <summary>An answer a client owes.</summary>
internal abstract class PendingAck : WheelEntry
{
    public int Id { get; init; }

    /// <summary>Whether the wait for it ends with the answer or the client only.</summary>
    public abstract bool IsUnlimited { get; }

    /// <summary>The answer came. Called at most once, as the table gives each entry out once.</summary>
    public abstract void Complete(EventArguments answer);

    /// <summary>The client is gone.</summary>
    public abstract void Fail(Exception exception);
}
