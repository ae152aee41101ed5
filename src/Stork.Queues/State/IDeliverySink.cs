namespace Stork.Queues.State;

/// <summary>Where deliveries go once they may be told. Called by the shard's thread: it must not block.</summary>
internal interface IDeliverySink
{
    void Deliver(in HandOut handOut);

    /// <summary>All that waited when the consumer came has been handed out. Told once.</summary>
    void CaughtUp()
    {
    }

    /// <summary>No more deliveries will come.</summary>
    void Close(Exception? failure);
}
