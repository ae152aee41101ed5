namespace Stork.Queues;

/// <summary>Deliveries go to delegates, one by one.</summary>
internal sealed class DeliveryCallback(Action<Delivery> deliver, Action<Exception?>? closed, Action? caughtUp) : IDeliveryReceiver
{
    public void Deliver(Delivery delivery) => deliver(delivery);

    public void EndTurn()
    {
    }

    public void CaughtUp() => caughtUp?.Invoke();

    public void Close(Exception? failure) => closed?.Invoke(failure);
}
