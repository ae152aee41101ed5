namespace Stork.SocketIO.Acks;

/// <summary>One client's share of a broadcast: what it owes to the common collection.</summary>
internal sealed class BroadcastShare : PendingAck
{
    private readonly IBroadcastAcknowledgements _acknowledgements;

    public BroadcastShare(IBroadcastAcknowledgements acknowledgements)
    {
        _acknowledgements = acknowledgements;
        Id = (int)acknowledgements.Id;
    }

    public override bool IsUnlimited => false;

    public override void Complete(EventArguments answer) => _acknowledgements.Add(answer);

    // The broadcast's own timeout speaks for clients that left.
    public override void Fail(Exception exception)
    {
    }

    internal override void OnDue()
    {
    }
}
