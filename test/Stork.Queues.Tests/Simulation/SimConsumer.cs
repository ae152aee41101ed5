using Stork.Queues.Core;

namespace Stork.Queues.Tests.Simulation;

internal sealed class SimConsumer(SimWorld world, string queue, SubscriptionOptions options) : IDeliverySink
{
    public string Queue { get; } = queue;

    public SubscriptionOptions Options { get; } = options;

    public ConsumerState? State { get; set; }

    public bool Connected { get; set; } = true;

    public void Deliver(Delivery delivery) => world.OnDelivery(this, delivery);

    public void Close(Exception? failure) => Connected = false;
}
