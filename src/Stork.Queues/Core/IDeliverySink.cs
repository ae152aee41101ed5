namespace Stork.Queues.Core;

/// <summary>Where deliveries go once they may be told. Called by the shard's thread: it must not block.</summary>
internal interface IDeliverySink
{
    void Deliver(Delivery delivery);

    /// <summary>No more deliveries will come.</summary>
    void Close(Exception? failure);
}
