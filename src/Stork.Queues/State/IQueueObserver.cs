namespace Stork.Queues.State;

/// <summary>Sees each queue just before a record changes it.</summary>
internal interface IQueueObserver
{
    void BeforeChange(QueueState queue);
}
