using Stork.Queues.State;

namespace Stork.Queues.Tests.Simulation;

internal sealed class SimConsumer(SimWorld world, string queue, SubscriptionOptions options) : IDeliverySink
{
    public string Queue { get; } = queue;

    public SubscriptionOptions Options { get; } = options;

    public ConsumerState? State { get; set; }

    public bool Connected { get; set; } = true;

    public bool Deliver(in HandOut handOut)
    {
        world.OnDelivery(this, handOut);
        return false;
    }

    public void Close(Exception? failure) => Connected = false;
}
