namespace Stork.Queues;

/// <summary>
/// x.
/// </summary>
public sealed class MessageQueue
{
    /// <summary>x.</summary>
    public static void SeekAsync() { }
}
