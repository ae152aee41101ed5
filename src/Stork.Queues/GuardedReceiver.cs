namespace Stork.Queues;

/// <summary>Calls the application's own code, which must not harm the store.</summary>
internal static class GuardedReceiver
{
    extension(IDeliveryReceiver receiver)
    {
        public void DeliverOrNack(Delivery delivery)
        {
            try
            {
                receiver.Deliver(delivery);
            }
            catch (Exception exception)
            {
                _ = delivery.NackAsync(error: ExceptionText.MessageOf(exception));
            }
        }

        public void TryEndTurn()
        {
            try
            {
                receiver.EndTurn();
            }
            catch (Exception)
            {
                // As below.
            }
        }

        public void TryCatchUp()
        {
            try
            {
                receiver.CaughtUp();
            }
            catch (Exception)
            {
                // As below.
            }
        }

        public void TryClose(Exception? failure)
        {
            try
            {
                receiver.Close(failure);
            }
            catch (Exception)
            {
                // The store closes for everybody; one who cannot hear it does not stop that.
            }
        }
    }
}
