namespace Stork.Queues;

/// <summary>Deliveries go to the application's own callback, which must not harm the store.</summary>
internal sealed class DeliveryCallback(Action<Delivery> deliver, Action<Exception?>? closed, Action? caughtUp)
{
    public void Deliver(Delivery delivery)
    {
        try
        {
            deliver(delivery);
        }
        catch (Exception exception)
        {
            _ = delivery.NackAsync(error: ExceptionText.MessageOf(exception));
        }
    }

    public void CaughtUp()
    {
        try
        {
            caughtUp?.Invoke();
        }
        catch (Exception)
        {
            // As below.
        }
    }

    public void Close(Exception? failure)
    {
        try
        {
            closed?.Invoke(failure);
        }
        catch (Exception)
        {
            // The store closes for everybody; one who cannot hear it does not stop that.
        }
    }
}
